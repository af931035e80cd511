# says: More than 8 MiB of standard output.
import sys

while True:
    sys.stdout.write("x" * 65536)
