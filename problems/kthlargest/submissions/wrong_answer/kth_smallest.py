def kth_largest(k, nums):
    return sorted(nums)[k - 1]
