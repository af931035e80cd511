from bisect import bisect_left


def shortest_subarray(s, nums):
    # For each end the first prefix sum that is low enough: only new minima can be it.
    best = -1
    total = 0
    lows, places = [0], [0]
    for end, num in enumerate(nums, 1):
        total += num
        found = bisect_left(lows, s - total)
        if found < len(lows):
            best = max(best, end - places[found])
        if -total > lows[-1]:
            lows.append(-total)
            places.append(end)
    return best
