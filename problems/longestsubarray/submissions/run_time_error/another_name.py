def longestSubarray(s, nums):
    left = 0
    total = 0
    for num in nums:
        total += num
        if total > s:
            total -= nums[left]
            left += 1
    return len(nums) - left
