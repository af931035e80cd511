"""Whose processes listen at a port of this machine."""

from pathlib import Path

_LISTENS = "0A"
_TABLES = (Path("/proc/net/tcp"), Path("/proc/net/tcp6"))


def owners_of_port(port: int) -> set[int]:
    """Return the ids of the users whose sockets listen at this TCP port, at any address.

    The kernel's tables (proc(5), /proc/net/tcp) have a line for each socket: its number, its
    address and port in hexadecimal, the other side's, its state, three more fields, its user's id.
    """
    owners = set()
    for table in _TABLES:
        try:
            lines = table.read_text(encoding="ascii").splitlines()[1:]
        except FileNotFoundError:  # a kernel without IPv6
            continue
        for line in lines:
            _, local, _, state, *rest = line.split()
            if state == _LISTENS and int(local.rpartition(":")[2], 16) == port:
                owners.add(int(rest[3]))
    return owners
