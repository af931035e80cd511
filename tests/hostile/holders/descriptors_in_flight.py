"""Many threads that pass the sender's own check at once, and descriptors that are never received."""
import os, socket, threading
pairs = [socket.socketpair() for _ in range(24)]
sent = [0] * len(pairs)
def send(at):
    pairs[at][0].setblocking(False)
    try:
        while True:
            socket.send_fds(pairs[at][0], [b"x"], [0] * 200)
            sent[at] += 200
    except OSError:
        pass
for _ in range(3):
    try:
        if os.fork() == 0:
            break
    except OSError:
        pass
threads = [threading.Thread(target=send, args=(at,)) for at in range(len(pairs))]
for one in threads:
    one.start()
for one in threads:
    one.join()
held = sum(sent)
