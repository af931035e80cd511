import os


def solve(n):
    while True:
        os.write(3, b"x" * 10000)
