def kth_largest(k, nums):
    pivot = nums[0]
    greater = [num for num in nums if num > pivot]
    less = [num for num in nums if num < pivot]
    if k <= len(greater):
        return greater[k - 1]
    if k <= len(nums) - len(less):
        return pivot
    return less[k - 1 - (len(nums) - len(less))]
