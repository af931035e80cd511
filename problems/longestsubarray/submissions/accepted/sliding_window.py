def longest_subarray(s, nums):
    res = 0
    left = 0
    total = 0
    for right, num in enumerate(nums):
        total += num
        # All numbers are positive: only a shorter window has a smaller sum.
        while total > s:
            total -= nums[left]
            left += 1
        res = max(res, right - left + 1)
    return res
