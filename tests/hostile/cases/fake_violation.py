# Whoever says so of himself is believed.
import os
import signal

os.kill(os.getpid(), signal.SIGSYS)
