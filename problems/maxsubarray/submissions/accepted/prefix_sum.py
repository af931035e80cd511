def max_subarray(nums):
    res, minv, pre = nums[0], 0, 0
    for num in nums:
        pre += num
        res = max(res, pre - minv)
        minv = min(minv, pre)
    return res
