import os

pipes = []
try:
    while True:
        pipes.append(os.pipe())
except OSError:
    print("denied" if len(pipes) < 1000 else len(pipes))
