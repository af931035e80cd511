def max_subarray(nums):
    best = current = 0
    for num in nums:
        current = max(0, current + num)
        best = max(best, current)
    return best
