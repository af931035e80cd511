def longest_subarray(s, nums):
    return min(nums) <= s
