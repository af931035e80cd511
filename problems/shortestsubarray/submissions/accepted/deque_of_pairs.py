import math
from collections import deque
from itertools import accumulate


def shortest_subarray(s, nums):
    res = math.inf
    queue = deque([(0, -1)])
    for i, total in enumerate(accumulate(nums)):
        while queue and queue[-1][0] > total:
            queue.pop()
        queue.append((total, i))
        while total - queue[0][0] >= s:
            res = min(res, i - queue.popleft()[1])
    return -1 if res == math.inf else res
