"""Process 1 of a container that is used for one run: a fork server with a single child.

Theory of operation. Where an engine forbids namespaces inside a container, each run gets a
container of its own. Its process 1 connects to the worker's socket (the "door", which lies in a
folder that is mounted read-only), reads its configuration from there, loads the runtime, and waits.
When the worker asks for a child, process 1 forks it, and the child sets up the restrictions that
the container lacks (`child.enter_container`). From then on process 1 reaps. When the child has
ended, process 1 kills every other process, reports how the child ended, and exits; this ends the
container.

The child has the same user id as process 1, because changing it takes a capability. Still the child
can't harm process 1: the kernel lets no process of a process namespace kill its first one, nobody
may read the memory and files of process 1 (it is not dumpable), and the child's filter forbids
changing another process's limits.

What each failure does: the worker's death closes the connection, and process 1 exits. An error
before the child is ready is reported through that connection; later errors count as the child's.
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
    """Connect to the worker's socket and run one child; return when all its processes are gone."""
    door = socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    door.connect(door_path)
    blueprint = _prepare(door)
    door.send(SERVER_READY)
    data, fds, _, _ = socket.recv_fds(
        door, CONTROL_BYTES, main.MAX_DESCRIPTORS, socket.MSG_CMSG_CLOEXEC
    )
    if not data:
        return  # the worker no longer needs this container
    try:
        pid = main.fork_case(child.Jail(blueprint, main.checked(data, fds), 0), fds)
    except (ProtocolError, OSError) as error:
        door.send(REFUSED + str(error).encode()[: CONTROL_BYTES - 1])
        return
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    deaths, writer = os.pipe()
    for end in (deaths, writer):
        os.set_blocking(end, False)
    # Each SIGCHLD writes a byte to the pipe; no other signal is handled.
    signal.set_wakeup_fd(writer, warn_on_full_buffer=False)
    signal.signal(signal.SIGCHLD, lambda *_: None)
    for fd in fds:
        os.close(fd)
    pidfd = os.pidfd_open(pid)
    socket.send_fds(door, [SPAWNED], [pidfd, pidfd])
    ended = _await_end(door, deaths, pid)
    # No process that the child started may still run when the worker is told that the child ended.
    with contextlib.suppress(ProcessLookupError, ChildProcessError):
        os.kill(-1, signal.SIGKILL)
        while True:
            os.wait()
    door.send(encode_ended(EXITED, ended))


def _prepare(door: socket.socket) -> child.Blueprint:
    """Load the runtime that the worker asks for; if that fails, tell the worker and exit."""
    try:
        config = decode_config(door.recv(CONFIG_BYTES))
        _check_container()
        main.load_runtime(config, collapse=False)
    except (OSError, ImportError, ValueError, RuntimeError) as error:
        door.send(SERVER_FAILED + f" {type(error).__name__}: {error}".encode())
        raise SystemExit(1) from error
    return child.Blueprint(config.runtime, True, main.filters_of(config), alone=True)


def _check_container() -> None:
    """Raise RuntimeError unless the container has the restrictions that only the engine sets up."""
    status = Path("/proc/self/status").read_text()
    bounding_set = status.partition("CapBnd:")[2].split()[0]
    if os.getpid() != 1 or bounding_set != _NO_CAPABILITIES or os.geteuid() == 0:
        raise RuntimeError("this is no container, or it has capabilities or runs as root")


def _await_end(door: socket.socket, deaths: int, pid: int) -> Ended:
    """Reap processes until the child has ended; kill the child when the worker asks for it."""
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
    """Reap every process that has ended; return how `wanted` ended, if it is among them."""
    while True:
        pid, status, usage = os.wait4(-1, os.WNOHANG)
        if pid == wanted:
            return main.ended(status, usage)
        if pid == 0:
            return None
