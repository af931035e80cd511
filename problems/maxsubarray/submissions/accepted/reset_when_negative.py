def max_subarray(nums):
    best = nums[0]
    current = 0
    for num in nums:
        current += num
        best = max(best, current)  # before the reset: the best may be negative
        current = max(current, 0)
    return best
