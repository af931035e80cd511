def shortest_subarray(s, nums):
    nums = [num for num in nums if num > 0]
    best = len(nums) + 1
    left = total = 0
    for right, num in enumerate(nums):
        total += num
        while total >= s:
            best = min(best, right - left + 1)
            total -= nums[left]
            left += 1
    return best if best <= len(nums) else -1
