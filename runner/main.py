"""The fork servers of one runtime, started by `worker.sandbox.forkserver.host`.

Theory of operation. A process enters a jail of its own (`runner.enclosure`), loads the modules of
its runtime, and becomes the template (`runner.template`) of the servers, which from then on only
fork. A server holds no secret and never reads a byte of a submission.
Supervisors connect to the server's listening socket, which it gets from the host; each connection
asks for one child and is that child's control channel. The child runs `runner.child`; supervisor
and child then talk directly, without the server.

A child has a process namespace of its own, whose process 1 only sleeps (`linux.Sleeper`): if the
submission were process 1, the kernel would drop the signals that it sends itself. In the torch
runtime the child is process 1 all the same. There each sleeper would count the server's memory once
more, which distorts the machine's memory figures, and no honest code sends itself signals.

Where namespaces can't be made, a child shares the server's own, and has a folder, which is removed
when it has ended; see `runner.landlock`.

What each failure does: a closed connection means that its supervisor has finished or died, so
process 1 is killed and with it every process of its namespace; the same happens when the child
ends. If the server dies, all its children die; if the host dies, the server dies (its link closes,
and the kernel kills it). A server that can't enter its jail or load its runtime sends the error on
the link and exits; the host reports it to its clients.

After a number of forks a server tells its template that it is worn. Another server takes its place,
and the worn one retires: it accepts no more connections, and exits with its last child. Without
namespaces the server has no template, and the host starts the next server.
"""

import contextlib
import gc
import itertools
import os
import resource
import select
import signal
import socket
import time
from collections.abc import Sequence
from dataclasses import dataclass

from runner import child, enclosure, landlock, linux, preload
from runner.protocol import (
    CONTROL_BYTES,
    EXITED,
    KILL,
    REFUSED,
    SERVER_FAILED,
    SERVER_READY,
    SERVER_RETIRE,
    SERVER_USED,
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
from runner.template import Template

MAX_DESCRIPTORS = 16
_LEAST_DESCRIPTORS = 4
_FIRST_USER = 1000
_MAX_READ = 1 << 16
_REAP_EVERY_MS = 50
ESCAPED = 70


@dataclass(slots=True)
class _Connection:
    """A supervisor's connection, and the child that it asked for.

    `case` runs the submission; `init` is process 1 of its namespace if that is another process.
    """

    socket: socket.socket
    asked: bool = False
    network: int = -1
    folder: str = ""
    pins: Sequence[int] = ()
    forks: bool = False
    case: "_Process | None" = None
    init: "_Process | None" = None
    ended: Ended | None = None

    @property
    def first(self) -> "_Process | None":
        """Process 1 of the namespace: when it dies, the kernel kills all others in it."""
        return self.init or self.case


@dataclass(frozen=True, slots=True)
class _Process:
    """One of our children."""

    pid: int
    pidfd: int
    sleeper: linux.Sleeper | None = None


class ForkServer:
    """Accepts supervisors' connections, forks children for them and reports how each ended."""

    def __init__(
        self,
        config: ServerConfig,
        blueprint: child.Blueprint,
        listener: socket.socket,
        link: int,
        number: int = 0,
    ) -> None:
        """`link` leads to the template, or without one to the host; `number` counts the template's
        servers."""
        self._config = config
        self._blueprint = blueprint
        self._listener = listener
        self._link = link
        self._poll = select.poll()
        self._connections: dict[int, _Connection] = {}
        self._children: dict[int, _Connection] = {}
        self._dying: set[int] = set()
        self._forks = 0
        # Servers that run side by side give their children different user ids.
        self._first_user = number * config.worn_after
        self._retired = False
        self._self = os.pidfd_open(os.getpid())
        self._networks: list[int] = []
        self._folders = itertools.count()

    def serve(self) -> None:
        """Serve until the host's link closes, or until retired and without a child."""
        self._listener.setblocking(False)
        self._poll.register(self._listener, select.POLLIN)
        self._poll.register(self._link, select.POLLIN)
        while not (self._retired and not self._connections):
            for fd, _ in self._poll.poll(_REAP_EVERY_MS if self._dying else None):
                if fd in self._connections:
                    self._on_request(self._connections[fd])
                elif fd == self._listener.fileno():
                    self._accept()
                elif fd == self._link:
                    if os.read(self._link, CONTROL_BYTES) != SERVER_RETIRE:
                        os._exit(0)  # the template or the host has ended
                    self._retired = True
                    self._poll.unregister(self._listener)
                    self._poll.unregister(self._link)
            self._reap()

    def _reap(self) -> None:
        """Reap all ended children, also processes that became ours when their parent ended: a
        process 1 can't end before all processes of its namespace are reaped."""
        while self._children:
            pid, status, usage = os.wait4(-1, os.WNOHANG | linux.WALL)
            if pid == 0:
                return
            if pid in self._children:
                self._on_exit(pid, status, usage)

    def _accept(self) -> None:
        try:
            accepted, _ = self._listener.accept()
        except BlockingIOError:  # another server on the same socket was faster
            return
        self._connections[accepted.fileno()] = _Connection(accepted)
        self._poll.register(accepted, select.POLLIN)

    def _on_request(self, connection: _Connection) -> None:
        """Fork or kill a child as the supervisor asks; kill it too if the connection has closed."""
        try:
            data, fds, _, _ = socket.recv_fds(
                connection.socket, CONTROL_BYTES, MAX_DESCRIPTORS, socket.MSG_CMSG_CLOEXEC
            )
        except OSError:
            data, fds = b"", []
        if data == KILL and connection.first is not None:
            self._kill(connection)  # a supervisor in another container can't send it signals
        elif data and not connection.asked:
            self._spawn(connection, data, fds)
        else:
            self._poll.unregister(connection.socket)
            del self._connections[connection.socket.fileno()]
            connection.socket.close()
            self._kill(connection)
        for fd in fds:
            os.close(fd)

    def _kill(self, connection: _Connection) -> None:
        """Kill the connection's child, and all that it started, if it still runs."""
        if connection.first is not None:
            signal.pidfd_send_signal(connection.first.pidfd, signal.SIGKILL)

    def _spawn(self, connection: _Connection, data: bytes, fds: list[int]) -> None:
        connection.asked = True
        try:
            request, ground = checked(data, fds), self._blueprint.ground
            if ground is None:
                self._fork_into_namespaces(connection, request, fds)
            else:
                number = next(self._folders)
                user = 0 if ground.shared else self._config.first_id + number % self._config.ids
                connection.forks = request.forks
                connection.folder = landlock.folder_of(ground, number, user)
                jail = child.Jail(self._blueprint, request, user, folder=connection.folder)
                connection.case = self._watch(connection, fork_case(jail, fds))
                connection.pins = landlock.pin_entries(connection.case.pid)
        except (ProtocolError, OSError) as error:
            self._kill(connection)
            if connection.first is None:  # no process exists whose end would release this
                self._give_back(connection)
            connection.socket.send(REFUSED + str(error).encode()[: CONTROL_BYTES - 1])
            return
        assert connection.case is not None
        assert connection.first is not None
        made = [connection.first.pidfd, connection.case.pidfd]
        if connection.folder:
            made.append(os.open(connection.folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC))
        try:
            socket.send_fds(connection.socket, [SPAWNED], made)
        except OSError:
            return  # the supervisor has left; the next poll returns the closed connection
        finally:
            for fd in made[2:]:
                os.close(fd)
        self._forks += 1
        if self._forks == 1 and ground is None:
            os.write(self._link, SERVER_USED)
        if self._forks == self._config.worn_after and not self._retired:
            os.write(self._link, SERVER_WORN)

    def _fork_into_namespaces(
        self, connection: _Connection, request: Spawn, fds: list[int]
    ) -> None:
        """Make a process namespace, its process 1 if that isn't the case itself, and the case."""
        ids = self._config.ids
        forks = self._first_user + self._forks
        user = _FIRST_USER + forks % (ids - _FIRST_USER) if ids else 0
        connection.network = self._network()
        jail = child.Jail(self._blueprint, request, user, connection.network)
        linux.unshare(linux.CLONE_NEWPID)
        try:
            if jail.has_init:
                sleeper = linux.Sleeper()
                connection.init = self._watch(connection, sleeper.pid, sleeper)
            connection.case = self._watch(connection, fork_case(jail, fds))
        finally:
            linux.setns(self._self, linux.CLONE_NEWPID)

    def _network(self) -> int:
        """Return a descriptor of an empty network namespace; -1 if the child must make its own.

        Making and removing one costs a millisecond, so they are reused. The previous child could
        leave only a socket there, and its filter allows nothing but unnamed socket pairs.
        """
        if self._networks:
            return self._networks.pop()
        if not self._blueprint.has_proc:
            return -1
        linux.unshare(linux.CLONE_NEWNET)
        try:
            return os.open("/proc/self/ns/net", os.O_RDONLY | os.O_CLOEXEC)
        finally:
            linux.setns(self._self, linux.CLONE_NEWNET)

    def _give_back(self, connection: _Connection) -> None:
        if connection.network >= 0:
            self._networks.append(connection.network)
        for fd in connection.pins:
            os.close(fd)
        if connection.folder:
            if connection.forks:
                running = {one.case.pid for one in self._children.values() if one.case is not None}
                landlock.end_orphans(running)
            landlock.remove_folder(connection.folder)

    def _watch(
        self, connection: _Connection, pid: int, sleeper: linux.Sleeper | None = None
    ) -> _Process:
        process = _Process(pid, os.pidfd_open(pid), sleeper)
        self._children[pid] = connection
        self._poll.register(process.pidfd, select.POLLIN)
        return process

    def _on_exit(self, pid: int, status: int, usage: resource.struct_rusage) -> None:
        """Handle the end of the case or of process 1; after both, report how the case ended.

        Process 1 ends last: the kernel keeps it until the case is reaped.
        """
        connection = self._children.pop(pid)
        case, init = connection.case, connection.init
        if case is not None and case.pid == pid:
            connection.ended = ended(status, usage)
            connection.case = None
            self._forget(case)
            self._kill(connection)
            if init is not None:
                self._dying.add(init.pid)
        elif init is not None:
            assert init.sleeper is not None
            init.sleeper.free_stack()
            connection.init = None
            self._forget(init)
            self._dying.discard(pid)
        if connection.first is None:
            self._give_back(connection)
            if connection.ended is not None and connection.socket.fileno() in self._connections:
                # If the supervisor has left, the next poll returns the closed connection.
                with contextlib.suppress(OSError):
                    connection.socket.send(encode_ended(EXITED, connection.ended))

    def _forget(self, process: _Process) -> None:
        self._poll.unregister(process.pidfd)
        os.close(process.pidfd)


def fork_case(jail: child.Jail, fds: list[int]) -> int:
    """Fork the process that runs the submission; return its process id."""
    pid = linux.fork()
    if pid == 0:
        try:
            child.main(jail, fds)
        finally:
            os._exit(ESCAPED)  # `main` never returns: a submission that gets here must not go on
    return pid


def checked(data: bytes, fds: list[int]) -> Spawn:
    """Decode the request for a child that came with `fds`; raises ProtocolError."""
    if len(fds) < _LEAST_DESCRIPTORS:
        raise ProtocolError("descriptors are missing")
    return decode_spawn(data)


def ended(status: int, usage: resource.struct_rusage) -> Ended:
    """Convert the result of wait4 to seconds and bytes."""
    cpu_s = usage.ru_utime + usage.ru_stime
    return Ended(os.waitstatus_to_exitcode(status), cpu_s, usage.ru_maxrss * 1024)


def filters_of(config: ServerConfig) -> child.Filters:
    """Return the configuration's system call filters."""
    words = (config.filter_hex, config.threads_only_hex, config.run_hex)
    return child.Filters(*map(bytes.fromhex, words))


def load_runtime(config: ServerConfig, *, collapse: bool) -> None:
    """Load the modules that children need and prepare for forks; `collapse` makes forks cheaper."""
    os.environ.clear()
    os.environ.update(config.env)
    time.tzset()
    preload.load(config.runtime)
    gc.collect()
    if collapse:
        preload.collapse_memory()
    gc.freeze()  # a child's garbage collection must neither scan nor copy the server's objects
    # No process with our user id may trace us or read our memory.
    linux.set_dumpable(False)


def main(listener_fd: int, link_fd: int) -> None:
    """Run the servers of one runtime; read their configuration from standard input."""
    linux.set_death_signal(signal.SIGKILL)
    # Each sleeping process 1 shares this memory: no signal may make it run a handler there.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    _, most_files = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (most_files, most_files))
    data = bytearray()
    while part := os.read(0, _MAX_READ):
        data += part
    null = os.open("/dev/null", os.O_RDONLY)
    os.dup2(null, 0)
    os.close(null)
    config = decode_config(bytes(data))
    try:
        ground = landlock.ground_of(config)
        has_proc = ground is not None or enclosure.enter(config)
        # Children inherit the memory as it is from here on.
        load_runtime(config, collapse=has_proc)
        blueprint = child.Blueprint(config.runtime, has_proc, filters_of(config), ground=ground)
        listener = socket.socket(fileno=listener_fd)

        def serve(number: int, link: int) -> None:
            ForkServer(config, blueprint, listener, link, number).serve()

        template = Template(link_fd, config.servers, config.fresh_after_s, serve)
        if ground is None:
            template.start()
    except (OSError, ImportError, ValueError, RuntimeError) as error:
        os.write(link_fd, SERVER_FAILED + f" {type(error).__name__}: {error}".encode())
        raise SystemExit(1) from error
    if ground is None:
        template.run()
    else:
        # Processes that children leave behind must become children of the process that forks.
        os.write(link_fd, SERVER_READY)
        serve(0, link_fd)
    os._exit(0)  # skips exit handlers: `preload.load` has removed those of the libraries
