def merge_intervals(intervals):
    parts = []
    for left, right in intervals:
        apart = []
        for other in parts:
            if other[1] < left or right < other[0]:
                apart.append(other)
            else:
                left, right = min(left, other[0]), max(right, other[1])
        parts = [*apart, [left, right]]
    return sorted(parts)
