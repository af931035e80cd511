"""The fork server: one per runtime and host, started by `worker.sandbox.host`.

Theory of operation. A server enters its own jail (`runner.enclosure`), loads what its runtime
needs, and from then on only forks. It holds no secret and never reads a byte of a submission.
Supervisors connect to its listening socket, which the host made and handed over; each connection
asks for one child and is that child's control channel. The child goes through `runner.child`;
supervisor and child then talk past the server.

What each failure does: a connection that closes means that its supervisor is done or dead, so its
child is killed. A child is process 1 of its own namespace: with it dies whatever it started. If
the server dies, so do all children; if the host dies, so does the server (its link closes, and
the kernel kills it). A server that can't enter its jail or load its runtime says so on the link
and exits; the host reports it to whoever asks.

All children of a server share its address layout and hash seed, so after a number of forks it
tells the host that it is worn; the host starts the next one and lets this one retire: it accepts
no more, and exits with its last child.
"""

import gc
import os
import resource
import select
import signal
import socket
import time
from dataclasses import dataclass

from runner import child, enclosure, linux, preload
from runner.protocol import (
    CONTROL_BYTES,
    EXITED,
    KILL,
    REFUSED,
    SERVER_FAILED,
    SERVER_READY,
    SERVER_RETIRE,
    SERVER_WORN,
    SPAWNED,
    Ended,
    ProtocolError,
    ServerConfig,
    Spawn,
    decode_config,
    decode_spawn,
    encode_ended,
)

MAX_DESCRIPTORS = 16
_LEAST_DESCRIPTORS = 4
_FIRST_USER = 1000
_MAX_READ = 1 << 16
ESCAPED = 70


@dataclass(slots=True)
class _Connection:
    """A supervisor's connection and the child it asked for, once it is there."""

    socket: socket.socket
    pid: int = 0
    pidfd: int = -1


class ForkServer:
    """Accepts supervisors, forks their children and reports how those ended."""

    def __init__(
        self, config: ServerConfig, blueprint: child.Blueprint, listener: socket.socket, link: int
    ) -> None:
        self._config = config
        self._blueprint = blueprint
        self._listener = listener
        self._link = link
        self._poll = select.poll()
        self._connections: dict[int, _Connection] = {}
        self._children: dict[int, _Connection] = {}
        self._forks = 0
        self._retired = False
        self._self = os.pidfd_open(os.getpid())

    def serve(self) -> None:
        """Serve until the host's link closes, or until retired and without a child."""
        self._listener.setblocking(False)
        self._poll.register(self._listener, select.POLLIN)
        self._poll.register(self._link, select.POLLIN)
        while not (self._retired and not self._connections):
            for fd, _ in self._poll.poll():
                self._handle(fd)

    def _handle(self, fd: int) -> None:
        if fd in self._connections:
            self._on_request(self._connections[fd])
        elif fd in self._children:
            self._on_exit(self._children[fd])
        elif fd == self._listener.fileno():
            self._accept()
        elif fd == self._link:
            self._on_host()

    def _on_host(self) -> None:
        if os.read(self._link, CONTROL_BYTES) != SERVER_RETIRE:
            os._exit(0)  # the host is gone
        self._retired = True
        self._poll.unregister(self._listener)
        self._poll.unregister(self._link)

    def _accept(self) -> None:
        try:
            accepted, _ = self._listener.accept()
        except BlockingIOError:  # another server on the same socket was faster
            return
        self._connections[accepted.fileno()] = _Connection(accepted)
        self._poll.register(accepted, select.POLLIN)

    def _on_request(self, connection: _Connection) -> None:
        """A request for a child; or the supervisor has left, and its child must go."""
        try:
            data, fds, _, _ = socket.recv_fds(
                connection.socket, CONTROL_BYTES, MAX_DESCRIPTORS, socket.MSG_CMSG_CLOEXEC
            )
        except OSError:
            data, fds = b"", []
        if data == KILL and connection.pid:
            self._kill(connection)  # a supervisor in another container may not signal it himself
        elif data and not connection.pid:
            self._spawn(connection, data, fds)
        else:
            self._leave(connection)
        for fd in fds:
            os.close(fd)

    def _leave(self, connection: _Connection) -> None:
        """Forget the connection, and kill its child if it still runs."""
        self._poll.unregister(connection.socket)
        del self._connections[connection.socket.fileno()]
        connection.socket.close()
        self._kill(connection)

    def _kill(self, connection: _Connection) -> None:
        """Kill the connection's child if it still runs."""
        if connection.pidfd >= 0:
            signal.pidfd_send_signal(connection.pidfd, signal.SIGKILL)

    def _spawn(self, connection: _Connection, data: bytes, fds: list[int]) -> None:
        try:
            pid = self._fork(checked(data, fds), fds)
        except (ProtocolError, OSError) as error:
            connection.socket.send(REFUSED + str(error).encode()[: CONTROL_BYTES - 1])
            return
        connection.pid = pid
        connection.pidfd = os.pidfd_open(pid)
        self._children[connection.pidfd] = connection
        self._poll.register(connection.pidfd, select.POLLIN)
        try:
            socket.send_fds(connection.socket, [SPAWNED], [connection.pidfd])
        except OSError:
            return  # it has left already; the closed connection wakes us next
        self._count_fork()

    def _fork(self, request: Spawn, fds: list[int]) -> int:
        """Fork a child into a new process namespace, of which it is process 1."""
        user = (
            _FIRST_USER + self._forks % (self._config.ids - _FIRST_USER)
            if (self._config.ids)
            else 0
        )
        jail = child.Jail(self._blueprint, request, user)
        linux.unshare(linux.CLONE_NEWPID)
        try:
            pid = os.fork()
            if pid == 0:
                try:
                    child.main(jail, fds)
                finally:
                    os._exit(ESCAPED)  # whatever a submission does, it never gets back here
        finally:
            linux.setns(self._self, linux.CLONE_NEWPID)
        return pid

    def _count_fork(self) -> None:
        self._forks += 1
        if self._forks == self._config.worn_after and not self._retired:
            os.write(self._link, SERVER_WORN)

    def _on_exit(self, connection: _Connection) -> None:
        """A child and all that it started are gone: say how it ended."""
        _, status, usage = os.wait4(connection.pid, 0)
        del self._children[connection.pidfd]
        self._poll.unregister(connection.pidfd)
        os.close(connection.pidfd)
        connection.pidfd = -1
        if connection.socket.fileno() in self._connections:
            try:
                connection.socket.send(encode_ended(EXITED, ended(status, usage)))
            except OSError:
                return  # it has left; the closed connection wakes us next


def checked(data: bytes, fds: list[int]) -> Spawn:
    """The request for a child that came with `fds`; ProtocolError where it makes no sense."""
    if len(fds) < _LEAST_DESCRIPTORS:
        raise ProtocolError("descriptors are missing")
    return decode_spawn(data)


def ended(status: int, usage: resource.struct_rusage) -> Ended:
    """What wait4 gave, in our units."""
    cpu_s = usage.ru_utime + usage.ru_stime
    return Ended(os.waitstatus_to_exitcode(status), cpu_s, usage.ru_maxrss * 1024)


def _read_config() -> ServerConfig:
    data = bytearray()
    while part := os.read(0, _MAX_READ):
        data += part
    null = os.open("/dev/null", os.O_RDONLY)
    os.dup2(null, 0)
    os.close(null)
    return decode_config(bytes(data))


def _prepare(config: ServerConfig) -> child.Blueprint:
    """Enter the jail and load the runtime; from here on memory is as the children get it."""
    has_proc = enclosure.enter(config)
    load_runtime(config, collapse=has_proc)
    return child.Blueprint(config.runtime, has_proc, filters_of(config))


def filters_of(config: ServerConfig) -> child.Filters:
    """The configuration's filters."""
    return child.Filters(bytes.fromhex(config.filter_hex), bytes.fromhex(config.threads_only_hex))


def load_runtime(config: ServerConfig, *, collapse: bool) -> None:
    """Load what children need, and make ready to be copied: often, if it is worth a `collapse`."""
    os.environ.clear()
    os.environ.update(config.env)
    time.tzset()
    preload.load(config.runtime)
    gc.collect()
    if collapse:
        preload.collapse_memory()
    gc.freeze()  # a child's collection must neither scan nor copy what is the server's
    # No process with our user id may trace us or read our memory.
    linux.set_dumpable(False)


def main(listener_fd: int, link_fd: int) -> None:
    """Run a server: its listening socket, its link to the host, its configuration on stdin."""
    linux.set_death_signal(signal.SIGKILL)
    config = _read_config()
    try:
        blueprint = _prepare(config)
        server = ForkServer(config, blueprint, socket.socket(fileno=listener_fd), link_fd)
    except (OSError, ImportError, ValueError, RuntimeError) as error:
        os.write(link_fd, SERVER_FAILED + f" {type(error).__name__}: {error}".encode())
        raise SystemExit(1) from error
    os.write(link_fd, SERVER_READY)
    server.serve()
