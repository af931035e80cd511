def shortest_subarray(s, nums):
    total = 0
    for count, num in enumerate(sorted(nums, reverse=True), 1):
        total += num
        if total >= s:
            return count
    return -1
