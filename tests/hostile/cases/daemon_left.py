import os
import time


def solve(n):
    if os.fork() == 0:
        os.setsid()
        time.sleep(1000)
    return n + 1
