# It says itself that memory ran out; only what was measured makes an MLE.
import os
import struct


def solve(n):
    name = b"MemoryError"
    frame = struct.pack("<QQQ", 2, 0, len(name)) + name + struct.pack("<QQ", 0, 0)
    os.write(3, b"SHOUSI-1" + frame)
    os._exit(1)
