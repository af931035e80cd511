def shortest_subarray(s, nums):
    # One start only: the lowest prefix sum so far.
    best = len(nums) + 1
    total = lowest = place = 0
    for end, num in enumerate(nums, 1):
        total += num
        if total - lowest >= s:
            best = min(best, end - place)
        if total <= lowest:
            lowest, place = total, end
    return best if best <= len(nums) else -1
