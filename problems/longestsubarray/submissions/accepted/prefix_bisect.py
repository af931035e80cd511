from bisect import bisect_left
from itertools import accumulate


def longest_subarray(s, nums):
    before = [0, *accumulate(nums)]
    best = 0
    for end in range(1, len(before)):
        start = bisect_left(before, before[end] - s)
        best = max(best, end - start)
    return best
