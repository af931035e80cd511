import os
import resource

ATTEMPTS = [lambda: os.setuid(0), lambda: os.setresuid(0, 0, 0), lambda: os.setgid(0),
            lambda: os.setgroups([0]), lambda: os.nice(-5), lambda: os.chown("/box", 0, 0),
            lambda: resource.setrlimit(resource.RLIMIT_CPU, (10**6, 10**6)),
            lambda: resource.setrlimit(resource.RLIMIT_NOFILE, (10**5, 10**5)),
            lambda: os.sched_setscheduler(0, os.SCHED_FIFO, os.sched_param(1))]
for number, attempt in enumerate(ATTEMPTS):
    try:
        attempt()
        print("got through:", number)
    except OSError:
        pass
    except ValueError:
        pass
print("denied")
