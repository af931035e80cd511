# says: More than 64 MiB of memory.
def total(numbers):
    kept = []
    while True:
        kept.append(bytearray(1 << 20))
