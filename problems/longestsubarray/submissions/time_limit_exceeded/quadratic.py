def longest_subarray(s, nums):
    best = 0
    for left in range(len(nums)):
        total = 0
        for right in range(left, len(nums)):
            total += nums[right]
            if total > s:
                break
            best = max(best, right - left + 1)
    return best
