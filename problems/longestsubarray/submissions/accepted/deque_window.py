from collections import deque


def longest_subarray(s, nums):
    window = deque()
    total = best = 0
    for num in nums:
        window.append(num)
        total += num
        while total > s:
            total -= window.popleft()
        best = max(best, len(window))
    return best
