def longest_subarray(s, nums):
    def widen(left, right, total):
        if right == len(nums):
            return right - left
        total += nums[right]
        if total > s:
            return widen(left + 1, right + 1, total - nums[left])
        return widen(left, right + 1, total)

    return widen(0, 0, 0)
