def kth_largest(k, nums):
    return float(sorted(nums, reverse=True)[k - 1])
