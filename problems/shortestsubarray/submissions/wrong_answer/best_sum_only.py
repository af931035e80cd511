def shortest_subarray(s, nums):
    # The length of the subarray with the greatest sum, if that is enough.
    best, length = nums[0], 1
    total = start = 0
    for i, num in enumerate(nums):
        if total <= 0:
            total, start = 0, i
        total += num
        if total > best:
            best, length = total, i - start + 1
    return length if best >= s else -1
