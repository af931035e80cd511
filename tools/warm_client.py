"""What `verifyproblem` starts in Python's place: has the program run by `warm_server.py`.

Passes on arguments, limits and standard streams, and ends as the program ended: with its exit
code, or by its signal. The standard library only, started with `-I -S`: it is started often.
Arguments: the socket's path, the program, the program's own.
"""

import json
import os
import resource
import signal
import socket
import sys
import time

LIMITS = ("RLIMIT_CPU", "RLIMIT_AS", "RLIMIT_STACK")
FREE_S = 0.1


def main() -> None:
    """Ask, wait, and end in the same way."""
    limits = {name: resource.getrlimit(getattr(resource, name)) for name in LIMITS}
    asked = {"argv": sys.argv[2:], "folder": os.getcwd(), "limits": limits}  # noqa: PTH109
    with socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET) as server:
        server.connect(sys.argv[1])
        socket.send_fds(server, [json.dumps(asked).encode()], [0, 1, 2])
        ended = json.loads(server.recv(4096))
    spend(ended["cpu_s"])
    if os.WIFSIGNALED(ended["status"]):
        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
        number = os.WTERMSIG(ended["status"])
        if number != signal.SIGKILL:
            signal.signal(number, signal.SIG_DFL)
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
