# says: More than 8 MiB of output.
import sys

while True:
    sys.stdout.write("x" * 65536)
