def shortest_subarray(s, nums):
    n = len(nums)
    best = n + 1
    for left in range(n):
        total = 0
        for right in range(left, n):
            total += nums[right]
            if total >= s:
                best = min(best, right - left + 1)
                break
    return best if best <= n else -1
