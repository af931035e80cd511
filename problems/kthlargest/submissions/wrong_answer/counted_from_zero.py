def kth_largest(k, nums):
    return sorted(nums, reverse=True)[min(k, len(nums) - 1)]
