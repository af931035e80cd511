# says: The tests together took more than 11 s by the clock; 2 of them were not run.
import sys
import time

time.sleep(6)
print(sum(map(int, sys.stdin.read().split()[1:])))
