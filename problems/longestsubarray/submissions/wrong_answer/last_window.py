def longest_subarray(s, nums):
    left = total = 0
    for num in nums:
        total += num
        while total > s:
            total -= nums[left]
            left += 1
    return len(nums) - left
