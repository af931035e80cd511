x = bytearray(400 << 20)
x[::4096] = b"x" * len(x[::4096])
