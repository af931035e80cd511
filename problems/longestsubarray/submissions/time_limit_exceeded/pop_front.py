def longest_subarray(s, nums):
    window = []
    best = 0
    for num in nums:
        window.append(num)
        while sum(window) > s:
            window.pop(0)
        best = max(best, len(window))
    return best
