def merge_intervals(intervals):
    intervals.sort()
    merged = []
    begin, end = intervals[0]
    for left, right in intervals[1:]:
        if left <= end:
            end = max(end, right)
        else:
            merged.append([begin, end])
            begin, end = left, right
    return merged
