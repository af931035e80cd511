def longest_subarray(s, nums):
    best = left = right = total = 0
    while left < len(nums):
        while total + nums[right] <= s:
            total += nums[right]
            right += 1
        best = max(best, right - left)
        total -= nums[left]
        left += 1
    return best
