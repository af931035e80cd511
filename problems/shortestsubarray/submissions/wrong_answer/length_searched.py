from itertools import accumulate


def shortest_subarray(s, nums):
    n = len(nums)
    prefix = [0, *accumulate(nums)]

    def reaches(length):
        return any(prefix[i + length] - prefix[i] >= s for i in range(n - length + 1))

    low, high = 1, n + 1
    while low < high:
        middle = (low + high) // 2
        if reaches(middle):
            high = middle
        else:
            low = middle + 1
    return low if low <= n else -1
