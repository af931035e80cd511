import ctypes
held = 0
while ctypes.CDLL(None).inotify_init1(0) >= 0:
    held += 1
