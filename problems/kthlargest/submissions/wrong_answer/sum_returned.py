def kth_largest(k, nums):
    return sum(sorted(nums, reverse=True)[:k])
