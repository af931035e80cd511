def merge_intervals(intervals):
    changed = True
    while changed:
        changed = False
        for i in range(len(intervals)):
            for j in range(i + 1, len(intervals)):
                if intervals[i][0] <= intervals[j][1] and intervals[j][0] <= intervals[i][1]:
                    a, b = intervals[i], intervals.pop(j)
                    intervals[i] = [min(a[0], b[0]), max(a[1], b[1])]
                    changed = True
                    break
            if changed:
                break
    return sorted(intervals)
