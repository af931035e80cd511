def longest_subarray(s, nums):
    res = length = total = 0
    for num in nums:
        total += num
        length += 1
        if total > s:
            total, length = num, 1
            if num > s:
                total = length = 0
        res = max(res, length)
    return res
