def solve(n):
    raise ValueError(n)
