def longest_subarray(s, nums):
    res = left = total = 0
    for right in range(len(nums) - 1):
        total += nums[right]
        while total > s:
            total -= nums[left]
            left += 1
        res = max(res, right - left + 1)
    return res
