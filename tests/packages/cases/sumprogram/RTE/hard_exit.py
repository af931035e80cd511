# says: The program ended with exit code 99.
import os

print(6, flush=True)
os._exit(99)
