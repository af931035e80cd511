# What lies in sockets is the kernel's memory.
import socket

pairs = []
try:
    while True:
        pairs.append(socket.socketpair())
except OSError:
    pass
for left, _ in pairs:
    left.setblocking(False)
    try:
        while True:
            left.send(b"x" * 4096)
    except OSError:
        pass
print(42)
