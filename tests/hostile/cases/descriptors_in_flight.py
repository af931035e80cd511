# Descriptors that are sent and never received.
import os
import socket

left, right = socket.socketpair()
left.setblocking(False)
count = 0
try:
    while count < 100_000:
        socket.send_fds(left, [b"x"], [0] * 200)
        count += 200
    print("no bound")
except OSError:
    print("denied")
