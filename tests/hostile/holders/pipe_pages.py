"""All the pipes that there may be, each as large as it gets, in as many processes as there may be."""
import fcntl, os
for _ in range(20):
    try:
        if os.fork() == 0:
            break
    except OSError:
        break
held, kept = 0, []
try:
    while True:
        kept.append(os.pipe())
        try:
            fcntl.fcntl(kept[-1][0], 1031, 1 << 20)
        except OSError:
            pass
        held += fcntl.fcntl(kept[-1][0], 1032) // 4096
except OSError:
    pass
