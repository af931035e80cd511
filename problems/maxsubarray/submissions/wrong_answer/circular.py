def max_subarray(nums):
    best = most = nums[0]
    worst = least = nums[0]
    for num in nums[1:]:
        most = max(num, most + num)
        least = min(num, least + num)
        best = max(best, most)
        worst = min(worst, least)
    return max(best, sum(nums) - worst) if best > 0 else best
