from collections import deque


def shortest_subarray(s, nums):
    n = len(nums)
    prefix = [0] * (n + 1)
    for i in range(n):
        prefix[i + 1] = prefix[i] + nums[i]
    best = n + 1
    starts = deque()
    for end, total in enumerate(prefix):
        while starts and total - prefix[starts[0]] >= s:
            best = min(best, end - starts.popleft())
        while starts and prefix[starts[-1]] >= total:
            starts.pop()
        starts.append(end)
    return best if best <= n else -1
