import numpy as np


def shortest_subarray(s, nums):
    # lowest[e]: the least of the prefix sums at e - length + 1 ... e. The length grows by powers
    # of two, from large to small, as long as no subarray of at most so many numbers reaches s.
    before = np.concatenate([[0], np.cumsum(np.array(nums, dtype=np.int64))])
    windows = [before]
    while 2 ** len(windows) <= len(nums):
        windows.append(joined(windows[-1], windows[-1], 2 ** (len(windows) - 1)))
    length, lowest = 0, None
    for power in reversed(range(len(windows))):
        wider = windows[power] if lowest is None else joined(lowest, windows[power], length)
        if (before[1:] - wider[:-1] < s).all():
            length, lowest = length + 2**power, wider
    return length + 1 if length < len(nums) else -1


def joined(near, far, length):
    """The least of a window of `length`, and of one that ends before it."""
    return np.concatenate([near[:length], np.minimum(near[length:], far[:-length])])
