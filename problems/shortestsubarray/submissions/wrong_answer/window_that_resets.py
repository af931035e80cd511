def shortest_subarray(s, nums):
    best = len(nums) + 1
    left = total = 0
    for right, num in enumerate(nums):
        total += num
        if total <= 0:
            left, total = right + 1, 0
        while total >= s:
            best = min(best, right - left + 1)
            total -= nums[left]
            left += 1
    return best if best <= len(nums) else -1
