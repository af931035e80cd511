def kth_largest(k, nums):
    return sorted(nums, key=str, reverse=True)[k - 1]
