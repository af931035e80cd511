# Each leaves the next behind: somebody has to reap them.
import os

for _ in range(200):
    pid = os.fork()
    if pid == 0:
        if os.fork() == 0:
            os.setsid()
        os._exit(0)
    os.waitpid(pid, 0)
print(42)
