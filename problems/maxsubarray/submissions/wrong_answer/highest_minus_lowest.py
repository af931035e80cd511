from itertools import accumulate


def max_subarray(nums):
    before = [0, *accumulate(nums)]
    return max(before) - min(before)
