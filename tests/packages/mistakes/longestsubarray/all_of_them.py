# told: none
def longest_subarray(s, nums):
    return len(nums)
