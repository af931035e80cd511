def max_subarray(nums):
    current = nums[0]
    for num in nums[1:]:
        current = max(num, current + num)
    return current
