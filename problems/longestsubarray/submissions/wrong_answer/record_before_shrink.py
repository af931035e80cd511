def longest_subarray(s, nums):
    res = left = total = 0
    for right, num in enumerate(nums):
        total += num
        res = max(res, right - left + 1)
        while total > s:
            total -= nums[left]
            left += 1
    return res
