def max_subarray(nums):
    positive = [num for num in nums if num > 0]
    return sum(positive) if positive else max(nums)
