def max_subarray(nums):
    best = nums[0]
    first, last = 0, 1
    start = current = 0
    for i, num in enumerate(nums):
        if current <= 0:
            start, current = i, 0
        current += num
        if current > best:
            best, first, last = current, start, i + 1
    return nums[first:last]
