import ctypes

libc = ctypes.CDLL(None)
TRIED = {"reaper": (36, 1, 0, 0, 0), "ambient": (47, 2, 21, 0, 0), "keep": (8, 1, 0, 0, 0),
         "memory map": (35, 1, 0, 0, 0), "securebits": (28, 1, 0, 0, 0), "tracer": (0x59616D61, 1, 0, 0, 0),
         "speculation": (53, 0, 1, 0, 0), "core scheduling": (62, 1, 0, 0, 0)}
for what, words in TRIED.items():
    if libc.prctl(*map(ctypes.c_ulong, words)) == 0:
        print(what)
print("denied")
