from bisect import bisect_right
from itertools import accumulate


def shortest_subarray(s, nums):
    prefix = [0, *accumulate(nums)]
    best = len(nums) + 1
    for end in range(1, len(prefix)):
        start = bisect_right(prefix, prefix[end] - s, 0, end) - 1
        if start >= 0:
            best = min(best, end - start)
    return best if best <= len(nums) else -1
