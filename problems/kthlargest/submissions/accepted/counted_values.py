from collections import Counter


def kth_largest(k, nums):
    counts = Counter(nums)
    for num in sorted(counts, reverse=True):
        k -= counts[num]
        if k <= 0:
            return num
