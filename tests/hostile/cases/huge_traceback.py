def solve(n):
    raise ValueError("x" * (1 << 19))
