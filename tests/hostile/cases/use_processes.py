from concurrent.futures import ThreadPoolExecutor
from multiprocessing import Lock


def solve(n):
    with Lock(), ThreadPoolExecutor(4) as pool:
        return sum(pool.map(int, "1" * 1)) + n
