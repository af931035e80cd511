# Signals that wait are the kernel's memory too.
import ctypes
import os
import signal

signal.pthread_sigmask(signal.SIG_BLOCK, [signal.SIGRTMIN])
libc = ctypes.CDLL(None)
count = 0
while count < 50_000 and libc.sigqueue(os.getpid(), int(signal.SIGRTMIN), 0) == 0:
    count += 1
print("denied" if count < 50_000 else count)
