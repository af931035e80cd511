def kth_largest(k, nums):
    return sorted(nums[: max(len(nums) - 1, k)], reverse=True)[k - 1]
