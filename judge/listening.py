"""The sockets that a launcher opens, and from which all processes of the API accept."""

import errno
import os
import socket
import time
from collections.abc import Sequence

from judge.errors import ShousiError

LISTEN_FDS = "SHOUSI_LISTEN_FDS"
BACKLOG = 2048
_PATIENCE_S = 3.0
_POLL_S = 0.1


def listen(host: str, port: int) -> list[socket.socket]:
    """Listen on every address of `host`. Raises ShousiError where another program has the port,
    OSError where it can't be for another reason."""
    deadline = time.monotonic() + _PATIENCE_S
    while True:
        try:
            return _listen(host, port)
        except OSError as error:
            if error.errno != errno.EADDRINUSE:
                raise
            # The API of a launcher that was killed may still be ending.
            if time.monotonic() > deadline:
                raise ShousiError(
                    f"Port {port} is taken by another program; stop that one, or set SHOUSI_PORT"
                ) from error
        time.sleep(_POLL_S)


def _listen(host: str, port: int) -> list[socket.socket]:
    found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE)
    opened: list[socket.socket] = []
    try:
        for family, *_, address in dict.fromkeys(found):
            opened.append(socket.create_server(address, family=family, backlog=BACKLOG))
    except OSError:
        close(opened)
        raise
    return opened


def close(sockets: Sequence[socket.socket]) -> None:
    """From now on a connection is refused, unless a process still accepts."""
    for one in sockets:
        one.close()


def told(sockets: Sequence[socket.socket]) -> dict[str, str]:
    """The environment that tells a process, which inherits the sockets, which they are."""
    return {LISTEN_FDS: " ".join(str(one.fileno()) for one in sockets)}


def inherited() -> list[socket.socket] | None:
    """The sockets that this process was told of; None where it was told of none."""
    named = os.environ.pop(LISTEN_FDS, None)
    return None if named is None else [socket.socket(fileno=int(fd)) for fd in named.split()]
