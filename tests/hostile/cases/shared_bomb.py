# Memory that is nobody's own; in pieces that don't add up to the limit, so that without control
# groups the last one is refused, and touched without any other memory.
import mmap

kept = []
while True:
    kept.append(mmap.mmap(-1, 24 << 20))
    for offset in range(0, 24 << 20, mmap.PAGESIZE):
        kept[-1][offset] = 1
