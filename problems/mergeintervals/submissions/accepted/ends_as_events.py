def merge_intervals(intervals):
    events = []
    for left, right in intervals:
        events.append((left, 0))  # at one number, beginnings come before ends
        events.append((right, 1))
    events.sort()
    merged = []
    open_now = 0
    for point, is_end in events:
        if is_end:
            open_now -= 1
            if open_now == 0:
                merged.append((begin, point))
        else:
            if open_now == 0:
                begin = point
            open_now += 1
    return merged
