def max_subarray(nums):
    return max(nums)
