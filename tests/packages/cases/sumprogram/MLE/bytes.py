# says: More than 64 MiB of memory.
kept = []
while True:
    kept.append(bytearray(1 << 20))
