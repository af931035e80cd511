# Each run is within its own limit; a wrong answer is no reason to hold a worker so long.
# says: The tests together took more than 11 s by the clock; 2 of them were not run.
import time


def total(numbers):
    time.sleep(6)
    return 0
