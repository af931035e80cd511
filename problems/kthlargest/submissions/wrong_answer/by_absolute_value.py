def kth_largest(k, nums):
    return sorted(nums, key=abs, reverse=True)[k - 1]
