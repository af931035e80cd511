# A pair of sockets sends to nobody but its other end.
import os
import socket

try:
    pair = socket.socketpair(socket.AF_UNIX, socket.SOCK_DGRAM)
except OSError:
    pair = ()
for end in pair:
    for address in ("/dev/log", "/run/systemd/notify", "/run/systemd/journal/socket", "\0shousi", "\0"):
        try:
            end.sendto(b"x", address)
            print("sent to", address)
        except OSError as error:
            if error.errno not in (1, 2, 13, 111):
                print(address, error)
for kind in (socket.SOCK_STREAM, socket.SOCK_SEQPACKET):
    one, other = socket.socketpair(socket.AF_UNIX, kind)
    os.write(one.fileno(), b"x")
    if other.recv(1) != b"x":
        print("lost")
print("denied")
