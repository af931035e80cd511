def shortest_subarray(s, nums):
    return max(nums) >= s
