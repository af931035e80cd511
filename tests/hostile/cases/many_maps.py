# The kernel bounds how many pieces an address space has.
import mmap

kept = []
try:
    for number in range(100_000):
        kept.append(mmap.mmap(-1, 4096, prot=mmap.PROT_READ if number % 2 else mmap.PROT_WRITE))
    print("no bound")
except OSError:
    print("denied")
