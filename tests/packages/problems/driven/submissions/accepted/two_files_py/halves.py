def both(a, b):
    return a + b
