import os, select
held = 0
files, polls = [os.pipe()[0] for _ in range(60)], []
try:
    while True:
        polls.append(select.epoll())
        for file in files:
            polls[-1].register(file)
            held += 1
except OSError:
    pass
