def merge_intervals(intervals):
    return [[min(left for left, _ in intervals), max(right for _, right in intervals)]]
