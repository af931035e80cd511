def max_subarray(nums):
    def solve(low, high):
        """(total, best prefix, best suffix, best) of nums[low:high]."""
        if high - low == 1:
            return (nums[low],) * 4
        middle = (low + high) // 2
        total_l, prefix_l, suffix_l, best_l = solve(low, middle)
        total_r, prefix_r, suffix_r, best_r = solve(middle, high)
        return (
            total_l + total_r,
            max(prefix_l, total_l + prefix_r),
            max(suffix_r, total_r + suffix_l),
            max(best_l, best_r, suffix_l + prefix_r),
        )

    return solve(0, len(nums))[3]
