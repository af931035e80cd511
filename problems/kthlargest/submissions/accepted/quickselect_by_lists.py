import random


def kth_largest(k, nums):
    while True:
        # Drawn, or sorted input would take n rounds; equal numbers leave together.
        pivot = random.choice(nums)
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
