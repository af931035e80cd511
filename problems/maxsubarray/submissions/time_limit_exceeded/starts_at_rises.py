def max_subarray(nums):
    best = max(nums)
    for left, num in enumerate(nums):
        # A start between positive numbers is no better than one before them.
        if num <= 0 or (left and nums[left - 1] > 0):
            continue
        total = 0
        for right in range(left, len(nums)):
            total += nums[right]
            if total < 0:
                break
            best = max(best, total)
    return best
