# A filter of its own, the kernel's strictest: read, write, exit, sigreturn.
import ctypes

ctypes.CDLL(None).prctl(22, 1, 0, 0, 0)
open("file")
