def longest_subarray(s, nums):
    res = left = total = 0
    for right, num in enumerate(nums):
        total += num
        if total > s:
            left = right + 1
        res = max(res, right - left + 1)
    return res
