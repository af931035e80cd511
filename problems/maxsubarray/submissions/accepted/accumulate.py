from itertools import accumulate


def max_subarray(nums):
    return max(accumulate(nums, lambda current, num: max(num, current + num)))
