def longest_subarray(s, nums):
    res = left = total = 0
    for num in nums:
        total += num
        while total > s:
            total -= nums[left]
            left += 1
        res = max(res, total)
    return res
