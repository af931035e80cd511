import os

os.close(1)
try:
    print(42, flush=True)
except OSError:
    os._exit(0)
