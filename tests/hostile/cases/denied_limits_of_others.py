# Nobody else's limits can be changed, and by that nobody killed.
import os
import resource

for pid in {1, os.getppid()} - {0, os.getpid()}:
    for limit in range(16):
        try:
            resource.prlimit(pid, limit, (0, 0))
            print("changed", limit, "of", pid)
        except OSError:
            pass
print("denied")
