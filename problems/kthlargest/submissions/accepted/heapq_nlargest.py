from heapq import nlargest


def kth_largest(k, nums):
    return nlargest(k, nums)[-1]
