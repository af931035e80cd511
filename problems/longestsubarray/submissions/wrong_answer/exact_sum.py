def longest_subarray(s, nums):
    first = {0: -1}
    res = total = 0
    for right, num in enumerate(nums):
        total += num
        first.setdefault(total, right)
        if total - s in first:
            res = max(res, right - first[total - s])
    return res
