def kth_largest(k, nums):
    return nums.index(sorted(nums, reverse=True)[k - 1])
