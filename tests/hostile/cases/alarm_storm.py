# A timer that fires faster than its handler returns.
import signal

signal.signal(signal.SIGALRM, lambda *_: sum(range(1000)))
signal.setitimer(signal.ITIMER_REAL, 1e-6, 1e-6)
while True:
    pass
