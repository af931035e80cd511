from itertools import accumulate


def longest_subarray(s, nums):
    before = [0, *accumulate(nums)]
    best = 0
    while best < len(nums):
        length = best + 1
        starts = range(len(nums) - length + 1)
        if all(before[i + length] - before[i] > s for i in starts):
            break
        best = length
    return best
