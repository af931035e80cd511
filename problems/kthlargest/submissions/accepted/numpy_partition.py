import numpy as np


def kth_largest(k, nums):
    return np.partition(np.array(nums), len(nums) - k)[len(nums) - k]
