import zlib

packer = zlib.compressobj(9)
small = b"".join(packer.compress(bytes(1 << 20)) for _ in range(200)) + packer.flush()
print(len(zlib.decompress(small)))
