from heapq import heappop, heappush


def shortest_subarray(s, nums):
    # The lowest prefix sum first: once it has served, later ends are farther away.
    heap = [(0, 0)]
    total = 0
    best = len(nums) + 1
    for end, num in enumerate(nums, 1):
        total += num
        while heap and heap[0][0] <= total - s:
            best = min(best, end - heappop(heap)[1])
        heappush(heap, (total, end))
    return best if best <= len(nums) else -1
