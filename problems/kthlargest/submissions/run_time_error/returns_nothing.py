def kth_largest(k, nums):
    sorted(nums, reverse=True)[k - 1]
