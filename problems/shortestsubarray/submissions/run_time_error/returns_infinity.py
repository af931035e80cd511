import math
from heapq import heappop, heappush


def shortest_subarray(s, nums):
    heap = [(0, 0)]
    total = 0
    best = math.inf
    for end, num in enumerate(nums, 1):
        total += num
        while heap and heap[0][0] <= total - s:
            best = min(best, end - heappop(heap)[1])
        heappush(heap, (total, end))
    return best
