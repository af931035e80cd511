def max_subarray(nums):
    runs, current = [], 0
    for num in nums:
        current = max(0, current + num)
        if current > 0:
            runs.append(current)
    return max(runs)
