# says: Not done after 3 s by the clock
import time

time.sleep(60)
