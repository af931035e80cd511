def shortest_subarray(s, nums):
    last = {0: 0}
    best = len(nums) + 1
    total = 0
    for end, num in enumerate(nums, 1):
        total += num
        if total - s in last:
            best = min(best, end - last[total - s])
        last[total] = end
    return best if best <= len(nums) else -1
