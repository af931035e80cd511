# The time is passed by a child.
import os
import time

if os.fork() == 0:
    time.sleep(1000)
os.wait()
