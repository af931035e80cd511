def kth_largest(k, nums):
    print(sorted(nums, reverse=True)[k - 1])
