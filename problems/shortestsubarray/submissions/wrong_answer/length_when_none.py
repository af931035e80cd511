from collections import deque
from itertools import accumulate


def shortest_subarray(s, nums):
    n = len(nums)
    prefix = [0, *accumulate(nums)]
    best = n + 1
    starts = deque()
    for end, total in enumerate(prefix):
        while starts and total - prefix[starts[0]] >= s:
            best = min(best, end - starts.popleft())
        while starts and prefix[starts[-1]] >= total:
            starts.pop()
        starts.append(end)
    return min(best, n)
