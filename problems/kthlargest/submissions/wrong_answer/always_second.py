def kth_largest(k, nums):
    return sorted(nums, reverse=True)[min(1, len(nums) - 1)]
