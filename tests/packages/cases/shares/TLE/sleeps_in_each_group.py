# says: The tests together took more than 12 s by the clock
import time

time.sleep(7)
print(input())
