import ctypes, os, signal
signal.pthread_sigmask(signal.SIG_BLOCK, [signal.SIGRTMIN])
libc, timer, held = ctypes.CDLL(None), ctypes.c_void_p(), 0
while libc.sigqueue(os.getpid(), int(signal.SIGRTMIN), 0) == 0 or libc.timer_create(0, None, ctypes.byref(timer)) == 0:
    held += 1
