# Nothing between processes that would outlive them.
import ctypes

libc = ctypes.CDLL(None)
if libc.shmget(7, 1 << 30, 0o1777) >= 0:
    print("shared memory")
if libc.semget(7, 8, 0o1777) >= 0:
    print("semaphores")
if libc.msgget(7, 0o1777) >= 0:
    print("messages")
try:
    if ctypes.CDLL("librt.so.1").mq_open(b"/queue", 0o102, 0o777, None) >= 0:
        print("a queue")
except OSError:
    pass
print("denied")
