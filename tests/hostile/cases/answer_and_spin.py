# A full, well-formed result, and then no end.
import os
import struct

frame = b"SHOUSI-1" + struct.pack("<QQQQQ", 1, 0, 0, 0, 3) + b"42\n"
os.write(3, frame)
while True:
    pass
