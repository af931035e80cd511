def kth_largest(k, nums):
    while nums:
        pivot = nums[len(nums) // 2]
        greater = [num for num in nums if num > pivot]
        less = [num for num in nums if num < pivot]
        not_less = len(nums) - len(less)
        if k <= len(greater):
            nums = greater
        elif k <= not_less:
            return pivot
        else:
            nums = less
    return pivot
