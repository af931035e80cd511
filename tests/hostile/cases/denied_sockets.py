import socket

KINDS = [(socket.AF_INET, socket.SOCK_STREAM), (socket.AF_INET, socket.SOCK_DGRAM),
         (socket.AF_INET6, socket.SOCK_STREAM), (socket.AF_UNIX, socket.SOCK_STREAM),
         (socket.AF_INET, socket.SOCK_RAW), (socket.AF_NETLINK, socket.SOCK_RAW),
         (socket.AF_PACKET, socket.SOCK_RAW), (40, socket.SOCK_STREAM)]
for family, kind in KINDS:
    try:
        socket.socket(family, kind)
        print("has", family, kind)
    except OSError:
        pass
print("denied")
