def max_subarray(nums):
    best = nums[0]
    for left in range(len(nums)):
        total = 0
        for num in nums[left:]:
            total += num
            best = max(best, total)
    return best
