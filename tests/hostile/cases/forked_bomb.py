import os
import time

if os.fork() == 0:
    kept = []
    while True:
        kept.append(bytearray(b"x") * (16 << 20))
os.wait()
print(42)
