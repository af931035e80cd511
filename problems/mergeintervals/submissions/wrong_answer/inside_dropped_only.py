def merge_intervals(intervals):
    merged = []
    for left, right in sorted(intervals, key=lambda interval: (interval[0], -interval[1])):
        if not merged or right > merged[-1][1]:
            merged.append([left, right])
    return merged
