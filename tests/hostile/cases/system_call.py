import ctypes
import sys

ctypes.CDLL(None).syscall(ctypes.c_long(int(sys.argv[1])), 0, 0, 0, 0, 0, 0)
print("went on")
