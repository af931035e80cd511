# told: none
def max_subarray(nums):
    return 0
