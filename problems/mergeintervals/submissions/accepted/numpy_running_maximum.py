import numpy as np


def merge_intervals(intervals):
    pairs = np.array(intervals)
    pairs = pairs[pairs[:, 0].argsort(kind="stable")]
    reach = np.maximum.accumulate(pairs[:, 1])
    begins = np.flatnonzero(np.r_[True, pairs[1:, 0] > reach[:-1]])
    return np.column_stack([pairs[begins, 0], reach[np.r_[begins[1:] - 1, -1]]])
