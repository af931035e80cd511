# 0, 1, 2 and the result's pipe; nothing that leads to the judge.
import os

found = sorted(int(name) for name in os.listdir("/proc/self/fd"))
print("denied" if [fd for fd in found if fd > 3] in ([], [4]) else found)  # 4 is listdir's own
