def merge_intervals(intervals):
    merged = []
    for left, right in sorted(intervals):
        if merged and left <= merged[-1][1]:
            # It may lie within the last one.
            merged[-1][1] = max(merged[-1][1], right)
        else:
            merged.append([left, right])
    return merged
