def merge_intervals(intervals):
    intervals.sort()
    merged = [list(intervals[0])]
    for i in range(1, len(intervals)):
        left, right = intervals[i]
        if left <= intervals[i - 1][1]:
            merged[-1][1] = max(merged[-1][1], right)
        else:
            merged.append([left, right])
    return merged
