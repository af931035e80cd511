def max_subarray(nums):
    res, minv, pre = nums[0], 0, 0
    for num in nums:
        pre += num
        minv = min(minv, pre)
        res = max(res, pre - minv)
    return res
