# The input is only to be read.
import mmap
import os

for attempt in (lambda: os.write(0, b"x"), lambda: os.ftruncate(0, 0), lambda: mmap.mmap(0, 1),
                lambda: os.write(os.open("/proc/self/fd/0", os.O_RDWR), b"x")):
    try:
        attempt()
        print("changed the input")
    except OSError:
        pass
print("denied")
