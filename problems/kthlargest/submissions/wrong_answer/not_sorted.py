def kth_largest(k, nums):
    return nums[k - 1]
