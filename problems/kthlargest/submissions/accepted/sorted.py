def kth_largest(k, nums):
    return sorted(nums, reverse=True)[k - 1]
