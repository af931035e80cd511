"""Process 1 of a container that is used for one run: a fork server with a single child.

Theory of operation. Where an engine lets no namespaces be made inside a container, each run gets a
container of its own. Its process 1 connects to the worker's door (a socket in a folder that is
mounted read-only), takes its configuration from there, loads the runtime, and waits. Asked for a
child, it forks one, which puts up the walls that are left to it (`child.enter_container`). From
then on it reaps, and when the child has ended it kills all that is left, says how the child ended,
and goes; with it the container ends.

The child has our user id, since without a capability nobody can become another. Yet it can't touch
us: the kernel lets no process of a process namespace kill its first, our memory and files are not
to be read (not dumpable), and the child's filter forbids to change another process's limits.

What each failure does: the worker's death closes the door's connection, and we go. Whatever we
can't do before the child is ready is told through that connection; afterwards all that ends is
the child's doing.
"""

import contextlib
import os
import select
import signal
import socket
from pathlib import Path

from runner import child, main
from runner.protocol import (
    CONFIG_BYTES,
    CONTROL_BYTES,
    EXITED,
    KILL,
    REFUSED,
    SERVER_FAILED,
    SERVER_READY,
    SPAWNED,
    Ended,
    ProtocolError,
    decode_config,
    encode_ended,
)

_NO_CAPABILITIES = "0000000000000000"


def serve(door_path: str) -> None:
    """Connect to the door, and run one child. Returns when the child and all it left are gone."""
    door = socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    door.connect(door_path)
    blueprint = _prepare(door)
    door.send(SERVER_READY)
    data, fds, _, _ = socket.recv_fds(
        door, CONTROL_BYTES, main.MAX_DESCRIPTORS, socket.MSG_CMSG_CLOEXEC
    )
    if not data:
        return  # the worker needs us no more
    try:
        pid = main.fork_case(child.Jail(blueprint, main.checked(data, fds), 0), fds)
    except (ProtocolError, OSError) as error:
        door.send(REFUSED + str(error).encode()[: CONTROL_BYTES - 1])
        return
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    deaths, writer = os.pipe()
    for end in (deaths, writer):
        os.set_blocking(end, False)
    # A death is something to read in the pipe, and no other signal moves us.
    signal.set_wakeup_fd(writer, warn_on_full_buffer=False)
    signal.signal(signal.SIGCHLD, lambda *_: None)
    for fd in fds:
        os.close(fd)
    pidfd = os.pidfd_open(pid)
    socket.send_fds(door, [SPAWNED], [pidfd, pidfd])
    ended = _await_end(door, deaths, pid)
    # Nothing that the child left may run when the worker is told that it is gone.
    with contextlib.suppress(ProcessLookupError, ChildProcessError):
        os.kill(-1, signal.SIGKILL)
        while True:
            os.wait()
    door.send(encode_ended(EXITED, ended))


def _prepare(door: socket.socket) -> child.Blueprint:
    """Load the runtime that the worker wants. Tells the worker, and ends, where that can't be."""
    try:
        config = decode_config(door.recv(CONFIG_BYTES))
        _check_container()
        main.load_runtime(config, collapse=False)
    except (OSError, ImportError, ValueError, RuntimeError) as error:
        door.send(SERVER_FAILED + f" {type(error).__name__}: {error}".encode())
        raise SystemExit(1) from error
    return child.Blueprint(config.runtime, True, main.filters_of(config), alone=True)


def _check_container() -> None:
    """The walls that are not ours to put up must be there."""
    status = Path("/proc/self/status").read_text()
    bounding_set = status.partition("CapBnd:")[2].split()[0]
    if os.getpid() != 1 or bounding_set != _NO_CAPABILITIES or os.geteuid() == 0:
        raise RuntimeError("this is not a container without rights")


def _await_end(door: socket.socket, deaths: int, pid: int) -> Ended:
    """Reap whoever ends until the child does, which we hasten when the worker says so."""
    poll = select.poll()
    poll.register(door, select.POLLIN)
    poll.register(deaths, select.POLLIN)
    while (ended := _reap(pid)) is None:
        for fd, _ in poll.poll():
            if fd == deaths:
                os.read(deaths, CONTROL_BYTES)
            elif door.recv(CONTROL_BYTES) == KILL:
                os.kill(pid, signal.SIGKILL)
            else:
                os._exit(0)  # the worker is gone
    return ended


def _reap(wanted: int) -> Ended | None:
    """Take all that have ended; how `wanted` did, if it is among them."""
    while True:
        pid, status, usage = os.wait4(-1, os.WNOHANG)
        if pid == wanted:
            return main.ended(status, usage)
        if pid == 0:
            return None
