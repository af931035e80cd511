def parts(n):
    return n - 1, 1
