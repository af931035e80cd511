import heapq


def kth_largest(k, nums):
    heap = nums[:k]
    heapq.heapify(heap)
    for num in nums[k:]:
        # The least of the k greatest is on top.
        if num > heap[0]:
            heapq.heapreplace(heap, num)
    return heap[0]
