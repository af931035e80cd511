import ctypes, os
held, libc = 0, ctypes.CDLL(None, use_errno=True)
for at in range(100):
    held += libc.mq_open(b"/shousi-%d" % at, os.O_CREAT | os.O_RDWR, 0o600, None) >= 0
    held += libc.msgget(0, 0o1600) >= 0
    held += libc.shmget(0, 4096, 0o1600) >= 0
    held += libc.semget(0, 1, 0o1600) >= 0
