import os

count = 0
try:
    while True:
        os.dup(0)
        count += 1
except OSError:
    print("denied" if count < 300 else count)
