import zlib

packer = zlib.compressobj(9, zlib.DEFLATED, -zlib.MAX_WBITS)
block = packer.compress(bytes(1 << 20)) + packer.flush(zlib.Z_FULL_FLUSH)
print(len(zlib.decompress(block * 200 + packer.flush(), -zlib.MAX_WBITS)))
