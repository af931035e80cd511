def shortest_subarray(s, nums):
    # A sliding window over groups: a negative number is taken out of the group before it, and a
    # group that can't pay is joined with the one before, so that every group's sum is positive.
    sums, starts, ends = [], [], []
    first = 0
    total = 0
    best = len(nums) + 1
    for i, num in enumerate(nums):
        start = i
        while num <= 0 and len(sums) > first:
            total -= sums[-1]
            num += sums.pop()
            start = starts.pop()
            ends.pop()
        if num <= 0:
            continue
        sums.append(num)
        starts.append(start)
        ends.append(i)
        total += num
        while total >= s:
            best = min(best, i - starts[first] + 1)
            total -= sums[first]
            first += 1
    return best if best <= len(nums) else -1
