def longest_subarray(s, nums):
    n = len(nums)
    for length in range(n, 0, -1):
        if any(sum(nums[i : i + length]) <= s for i in range(n - length + 1)):
            return length
    return 0
