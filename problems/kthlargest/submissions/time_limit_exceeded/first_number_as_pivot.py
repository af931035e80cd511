def kth_largest(k, nums):
    while True:
        pivot = nums[0]
        greater = [num for num in nums if num > pivot]
        less = [num for num in nums if num < pivot]
        not_less = len(nums) - len(less)
        if k <= len(greater):
            nums = greater
        elif k <= not_less:
            return pivot
        else:
            k -= not_less
            nums = less
