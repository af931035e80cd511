"""The sockets that a launcher opens; all processes of the API accept connections from them."""

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
    """Listen on every address of `host`. Raises ShousiError, which says what to do."""
    deadline = time.monotonic() + _PATIENCE_S
    while True:
        try:
            return _listen(host, port)
        except (OSError, UnicodeError) as error:  # UnicodeError: a label of the name is too long
            why = error.strerror if isinstance(error, OSError) else str(error)
            if not isinstance(error, OSError) or error.errno != errno.EADDRINUSE:
                raise ShousiError(
                    f"Can't listen at {host}, port {port}: {why}; look at SHOUSI_HOST and "
                    "SHOUSI_PORT"
                ) from error
            # The API of a killed launcher may still be stopping.
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
    """Close the sockets: connections are refused from now on, unless a process still accepts."""
    for one in sockets:
        one.close()


def told(sockets: Sequence[socket.socket]) -> dict[str, str]:
    """The environment that tells a child process which inherited descriptors are the sockets."""
    return {LISTEN_FDS: " ".join(str(one.fileno()) for one in sockets)}


def inherited() -> list[socket.socket] | None:
    """The sockets that this process's environment names; None if it names none."""
    named = os.environ.pop(LISTEN_FDS, None)
    return None if named is None else [socket.socket(fileno=int(fd)) for fd in named.split()]
