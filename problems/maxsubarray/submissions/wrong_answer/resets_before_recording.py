def max_subarray(nums):
    best = nums[0]
    current = 0
    for num in nums:
        current += num
        if current < 0:
            current = 0
        best = max(best, current)
    return best
