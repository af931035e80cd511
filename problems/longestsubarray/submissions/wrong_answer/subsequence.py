def longest_subarray(s, nums):
    count = total = 0
    for num in sorted(nums):
        total += num
        if total > s:
            break
        count += 1
    return count
