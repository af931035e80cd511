import ctypes

libc = ctypes.CDLL(None)
timer = ctypes.c_void_p()
count = 0
while count < 50_000 and libc.timer_create(0, None, ctypes.byref(timer)) == 0:
    count += 1
print("denied" if count < 50_000 else count)
