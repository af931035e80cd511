def max_subarray(nums):
    best = float("-inf")
    current = 0.0
    for num in nums:
        current = max(num, current + num)
        best = max(best, current)
    return best * 1.0
