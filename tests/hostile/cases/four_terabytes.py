bytearray(4 << 40)
