def kth_largest(k, nums):
    return sorted(nums, reverse=True)[max(k - 2, 0)]
