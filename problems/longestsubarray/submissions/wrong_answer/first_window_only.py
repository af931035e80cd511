def longest_subarray(s, nums):
    res = total = 0
    for num in nums:
        total += num
        if total > s:
            break
        res += 1
    return res
