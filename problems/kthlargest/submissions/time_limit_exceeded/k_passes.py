def kth_largest(k, nums):
    for _ in range(k - 1):
        nums.remove(max(nums))
    return max(nums)
