# told: strict_less.py
from collections import deque


def longest_subarray(s, nums):
    window, held, longest = deque(), 0, 0
    for value in nums:
        window.append(value)
        held += value
        while held >= s and window:
            held -= window.popleft()
        longest = max(longest, len(window))
    return longest
