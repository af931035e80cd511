def longest_subarray(s, nums):
    # The window never gets shorter: it grows when it fits and else moves one on.
    left = total = 0
    for num in nums:
        total += num
        if total > s:
            total -= nums[left]
            left += 1
    return len(nums) - left
