from itertools import accumulate


def longest_subarray(s, nums):
    before = [0, *accumulate(nums)]
    for length in range(len(nums), 0, -1):
        starts = range(len(nums) - length + 1)
        if any(before[i + length] - before[i] <= s for i in starts):
            return length
    return 0
