from itertools import accumulate


def shortest_subarray(s, nums):
    prefix = [0, *accumulate(nums)]
    n = len(nums)

    def go(end, starts, best):
        if end > n:
            return best if best <= n else -1
        while starts and prefix[end] - prefix[starts[0]] >= s:
            best = min(best, end - starts.pop(0))
        while starts and prefix[starts[-1]] >= prefix[end]:
            starts.pop()
        starts.append(end)
        return go(end + 1, starts, best)

    return go(0, [], n + 1)
