def max_subarray(nums):
    best = nums[0]
    total = 0
    for num in nums:
        total += num
        best = max(best, total)
    return best
