def merge_intervals(intervals):
    intervals.sort()

    def merge(i, merged):
        if i == len(intervals):
            return merged
        left, right = intervals[i]
        if merged and left <= merged[-1][1]:
            merged[-1][1] = max(merged[-1][1], right)
        else:
            merged.append([left, right])
        return merge(i + 1, merged)

    return merge(0, [])
