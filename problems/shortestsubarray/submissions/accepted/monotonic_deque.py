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
            # This start has served: later ends only make it longer.
            best = min(best, end - starts.popleft())
        while starts and prefix[starts[-1]] >= total:
            # An earlier start that is not lower is never better.
            starts.pop()
        starts.append(end)
    return best if best <= n else -1
