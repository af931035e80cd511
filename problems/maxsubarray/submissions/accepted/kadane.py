def max_subarray(nums):
    best = current = nums[0]
    for num in nums[1:]:
        # The best run that ends here either goes on or begins anew.
        current = max(num, current + num)
        best = max(best, current)
    return best
