def max_subarray(nums):
    best = max(nums)
    for left in range(len(nums)):
        total = 0
        for right in range(left, len(nums)):
            total += nums[right]
            if total < 0:
                break
            if total > best:
                best = total
    return best
