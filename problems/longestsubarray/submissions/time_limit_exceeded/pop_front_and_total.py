def longest_subarray(s, nums):
    window = []
    total = best = 0
    for num in nums:
        window.append(num)
        total += num
        while total > s:
            total -= window.pop(0)
        best = max(best, len(window))
    return best
