def longest_subarray(s, nums):
    res = left = total = 0
    for right, num in enumerate(nums):
        if num > s:
            break
        total += num
        while total > s:
            total -= nums[left]
            left += 1
        res = max(res, right - left + 1)
    return res
