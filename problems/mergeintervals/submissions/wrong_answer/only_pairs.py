def merge_intervals(intervals):
    intervals.sort()
    merged = []
    i = 0
    while i < len(intervals):
        left, right = intervals[i]
        if i + 1 < len(intervals) and intervals[i + 1][0] <= right:
            right = max(right, intervals[i + 1][1])
            i += 1
        merged.append([left, right])
        i += 1
    return merged
