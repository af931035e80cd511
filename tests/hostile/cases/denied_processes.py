import os
import signal

try:
    seen = [int(name) for name in os.listdir("/proc") if name.isdigit()]
except OSError:
    seen = []
if max(seen, default=0) > 10:
    print("sees", seen)
for pid in (1, os.getppid()):
    try:
        open(f"/proc/{pid}/mem", "rb").read(1)
        print("reads the memory of", pid)
    except OSError:
        pass
signal.signal(signal.SIGTERM, signal.SIG_IGN)
try:
    os.kill(-1, signal.SIGTERM)
except OSError:
    pass
print("denied")
