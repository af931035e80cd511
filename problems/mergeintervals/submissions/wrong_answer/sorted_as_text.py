def merge_intervals(intervals):
    merged = []
    for left, right in sorted(intervals, key=lambda interval: str(interval[0])):
        if merged and left <= merged[-1][1]:
            merged[-1][1] = max(merged[-1][1], right)
        else:
            merged.append([left, right])
    return merged
