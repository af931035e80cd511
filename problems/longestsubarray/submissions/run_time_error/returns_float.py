def longest_subarray(s, nums):
    best = left = total = 0.0
    for right, num in enumerate(nums):
        total += num
        while total > s:
            total -= nums[int(left)]
            left += 1
        best = max(best, right - left + 1)
    return best
