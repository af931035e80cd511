import heapq


def kth_largest(k, nums):
    heap = [0] * k
    for num in nums:
        if num > heap[0]:
            heapq.heapreplace(heap, num)
    return heap[0]
