def kth_largest(k, nums):
    values = sorted(set(nums), reverse=True)
    return values[min(k, len(values)) - 1]
