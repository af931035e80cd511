def merge_intervals(intervals):
    starts = sorted(left for left, _ in intervals)
    ends = sorted(right for _, right in intervals)
    merged = []
    first = 0
    for i in range(len(starts)):
        if i + 1 == len(starts) or starts[i + 1] > ends[i]:
            merged.append([starts[first], ends[i]])
            first = i + 1
    return merged
