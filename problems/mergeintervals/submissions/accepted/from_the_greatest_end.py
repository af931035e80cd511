def merge_intervals(intervals):
    intervals.sort(key=lambda interval: interval[1])
    stack = []
    while intervals:
        left, right = intervals.pop()
        while stack and stack[-1][0] <= right:
            top = stack.pop()
            left, right = min(left, top[0]), max(right, top[1])
        stack.append([left, right])
    return stack[::-1]
