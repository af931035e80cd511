def union(one, other):
    """Of two lists of parts that are apart, each in order."""
    joined = []
    i = j = 0
    while i < len(one) or j < len(other):
        if j == len(other) or (i < len(one) and one[i][0] <= other[j][0]):
            left, right = one[i]
            i += 1
        else:
            left, right = other[j]
            j += 1
        if joined and left <= joined[-1][1]:
            joined[-1] = joined[-1][0], max(right, joined[-1][1])
        else:
            joined.append((left, right))
    return joined


def merge_intervals(intervals):
    if len(intervals) == 1:
        return [tuple(intervals[0])]
    half = len(intervals) // 2
    return union(merge_intervals(intervals[:half]), merge_intervals(intervals[half:]))
