def max_subarray(nums):
    if len(nums) == 1:
        return nums[0]
    best = current = nums[0] + nums[1]
    for i in range(2, len(nums)):
        current = max(current + nums[i], nums[i - 1] + nums[i])
        best = max(best, current)
    return best
