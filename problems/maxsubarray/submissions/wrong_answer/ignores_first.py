def max_subarray(nums):
    res, pre = nums[0], nums[0]
    minv = pre
    for num in nums[1:]:
        pre += num
        res = max(res, pre - minv)
        minv = min(minv, pre)
    return res
