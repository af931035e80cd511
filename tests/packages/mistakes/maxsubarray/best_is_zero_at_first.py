# told: resets_to_zero.py
def max_subarray(nums):
    table = [0] * (len(nums) + 1)
    for i, value in enumerate(nums, start=1):
        table[i] = max(table[i - 1] + value, 0)
    return max(table)
