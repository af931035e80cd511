from bisect import bisect_right


def shortest_subarray(s, nums):
    sums, places = [0], [0]
    total, best = 0, len(nums) + 1
    for end, num in enumerate(nums, 1):
        total += num
        while sums and sums[-1] >= total:
            sums.pop()
            places.pop()
        found = bisect_right(sums, total - s)
        if found:
            best = min(best, end - places[found - 1])
        sums.append(total)
        places.append(end)
    return best if best <= len(nums) else -1
