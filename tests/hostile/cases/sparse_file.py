# A file of a terabyte that holds nothing.
import os
import signal

signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
try:
    os.truncate(os.open("file", os.O_RDWR | os.O_CREAT), 1 << 40)
    print("a terabyte")
except OSError:
    print("denied")
