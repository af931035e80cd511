# Whoever started us feels nothing of any signal.
import os
import signal

for number in {*range(1, 65)} - {32, 33}:
    for pid in {1, os.getppid()} - {0, os.getpid()}:
        try:
            os.kill(pid, number)
        except OSError:
            pass
print("denied")
