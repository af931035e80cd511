"""What `verifyproblem` starts in Python's place: has the program run by `warm_server.py`.

Passes on arguments, limits and standard streams, and ends as the program ended: with its exit
code, or by its signal. Started with `-I -S`, thousands of times, so it imports only modules that
are part of the interpreter: `socket`, `signal` and `json` cost more than all the rest (20 ms).
Arguments: the socket's path, the program, the program's own.
"""

import _signal  # type: ignore[import-not-found] # typeshed has none
import _socket
import marshal
import os
import resource
import sys
import time

LIMITS = ("RLIMIT_CPU", "RLIMIT_AS", "RLIMIT_STACK")
FREE_S = 0.3


def main() -> None:
    """Ask, wait, and end in the same way."""
    limits = {name: resource.getrlimit(getattr(resource, name)) for name in LIMITS}
    asked = {"argv": sys.argv[2:], "folder": os.getcwd(), "limits": limits}  # noqa: PTH109
    streams = b"".join(number.to_bytes(4, sys.byteorder) for number in (0, 1, 2))
    server = _socket.socket(_socket.AF_UNIX, _socket.SOCK_SEQPACKET)
    server.connect(sys.argv[1])
    rights = (_socket.SOL_SOCKET, _socket.SCM_RIGHTS, streams)
    server.sendmsg([marshal.dumps(asked)], [rights])
    ended = marshal.loads(server.recv(4096))
    spend(ended["cpu_s"])
    if os.WIFSIGNALED(ended["status"]):
        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
        number = os.WTERMSIG(ended["status"])
        if number != _signal.SIGKILL:
            _signal.signal(number, _signal.SIG_DFL)
        os.kill(os.getpid(), number)
    os._exit(os.WEXITSTATUS(ended["status"]))


def spend(cpu_s: float) -> None:
    """Use as much CPU time as the program did, which `verifyproblem` can't see otherwise.

    It measures what it starts, so a program that is too slow must be seen here; what is far
    below any limit is not worth the time.
    """
    if cpu_s > FREE_S:
        while time.process_time() < cpu_s:
            pass


main()
