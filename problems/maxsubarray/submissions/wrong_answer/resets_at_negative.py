def max_subarray(nums):
    best = current = nums[0]
    for num in nums[1:]:
        current = num if num < 0 else max(num, current + num)
        best = max(best, current)
    return best
