"""The host of a machine's fork servers.

Started by `python -m worker.sandbox.forkserver.host RUN_DIR --python PATH`.

Theory of operation. The host is one small process per run directory. It makes one listening socket
per runtime and starts a fork server on each, the small ones first; supervisors of any process
connect there. On another socket, `host`, it sends each client the servers' states, at once and
whenever they change. This connection also shows the host when a supervisor dies: the host then
removes the control groups that the supervisor left.

What each failure does. A server that dies is started again at once. If a server can't start, the
host tries again after growing pauses, and meanwhile answers on the server's socket with the reason.
If a server asks to be replaced, a new one is started at the lowest priority before the old one
retires. (Here a server may be several processes: see `runner.template`.) The host ends on SIGTERM,
or when the process that started it dies; the kernel ends the servers if the host dies.
"""

import argparse
import contextlib
import json
import os
import selectors
import signal
import socket
import sys
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

from judge.descriptors import raise_descriptor_limit
from runner import protocol
from worker.sandbox.base import Runtime, SandboxError
from worker.sandbox.cgroup import tree as cgroups
from worker.sandbox.forkserver import landlock, mounts
from worker.sandbox.forkserver.fork_server import ForkServer
from worker.sandbox.forkserver.interpreter import Interpreter, find_interpreter
from worker.sandbox.forkserver.wear import Wear

HOST_SOCKET, WEAR = "host", "wear"
READY_LINE = b"host of fork servers ready, sources "
STARTING, RUNNING, FAILED = "starting", "ready", "failed"
_ORDER = (Runtime.PYTHON, Runtime.EXEC, Runtime.TORCH)
_BACKLOG = 512
_SWEEP_PAUSE_S = 0.2
_FIRST_PAUSE_S, _LONGEST_PAUSE_S = 1.0, 30.0


class _RuntimeServers:
    """One runtime: its listening socket, its serving server, and the one that starts."""

    def __init__(self, runtime: Runtime, host: "Host") -> None:
        self.runtime = runtime
        self.state, self.reason = STARTING, ""
        self.listener = host.listen(runtime.value)
        self._host = host
        self._serving: ForkServer | None = None
        self._starting: ForkServer | None = None
        self._old: list[ForkServer] = []
        self._failures = 0
        self._wear = Wear()
        self.retry_at: float | None = None

    def start(self) -> None:
        """Start a server; it takes over when it reports that it is ready."""
        self.retry_at = None
        try:
            config = self._host.config(self.runtime)
            # While another server serves, this one may start at low priority.
            idle = self._serving is not None
            server = ForkServer(self._host.python, config, self.listener, idle=idle)
        except (OSError, SandboxError) as error:
            self._fail(str(error))
            return
        self._starting = server
        self._host.watch(server.link, lambda: self._on_word(server))

    def _on_word(self, server: ForkServer) -> None:
        """Handle a server's message; a closed link means that it has died."""
        try:
            word = server.link.recv(protocol.CONTROL_BYTES)
        except OSError:
            word = b""
        if word == protocol.SERVER_READY:
            if self.state == FAILED:
                self._host.unwatch(self.listener)
            server.begin()
            self._wear.begin(replaces=self._serving is not None)
            former, self._serving, self._starting = self._serving, server, None
            self._failures = 0
            self.reason = ""
            if former is not None:
                former.link.send(protocol.SERVER_RETIRE)
                self._old.append(former)
            self._set_state(RUNNING)
            self._host.start_next()
        elif word.startswith(protocol.SERVER_FAILED):
            self.reason = word.removeprefix(protocol.SERVER_FAILED).decode(errors="replace").strip()
        elif word == protocol.SERVER_WORN and self._starting is None:
            self.start()
        elif not word:
            self._on_death(server)

    def _on_death(self, server: ForkServer) -> None:
        self._host.unwatch(server.link)
        server.stop()
        self._host.clear(server.root)
        if server in self._old:
            self._old.remove(server)
        elif server is self._serving:
            self._serving = None
            self._wear.died += 1
            if self._starting is None:
                self._set_state(STARTING)
                self.start()
        else:
            self._starting = None
            if self._serving is None:
                self._fail(self.reason or f"it exited with {server.process.returncode}")

    def _fail(self, reason: str) -> None:
        """Without a server, refuse requests with the reason, and try again later."""
        if self.state != FAILED:
            self._host.watch(self.listener, self._refuse)
        self.reason = reason
        pause_s = min(_FIRST_PAUSE_S * 2.0 ** min(self._failures, 10), _LONGEST_PAUSE_S)
        self._failures += 1
        self.retry_at = time.monotonic() + pause_s
        self._set_state(FAILED)
        self._host.start_next()

    def _refuse(self) -> None:
        connection, _ = self.listener.accept()
        with connection, contextlib.suppress(OSError):
            reason = f"the fork server {self.runtime} can't start: {self.reason}"
            connection.send(protocol.REFUSED + reason.encode())

    def _set_state(self, state: str) -> None:
        self.state = state
        self._host.publish()

    def wear(self) -> dict[str, float]:
        """Return how worn the servers are."""
        return self._wear.told([one.process.pid for one in self._all()])

    def _all(self) -> list[ForkServer]:
        servers = (self._starting, self._serving, *self._old)
        return [server for server in servers if server is not None]

    def stop(self) -> None:
        """Stop all of this runtime's servers."""
        for server in self._all():
            server.stop()
        self.listener.close()


class Host:
    """The host's event loop; see the module's docstring."""

    def __init__(self, options: argparse.Namespace) -> None:
        run_dir: Path = options.run_dir
        self.python: str = options.python
        self._of_servers = {"worn_after": options.worn_after, "fresh_after_s": options.fresh_after}
        if options.servers:
            self._of_servers["servers"] = options.servers
        self._hidden: list[Path] = options.hide
        self._run_dir = run_dir
        self._root = run_dir / "root"
        self._landlock = None
        if options.landlock:
            self._landlock = landlock.Folders(self._root, options.landlock, self._hidden)
        self._root.mkdir(exist_ok=True)
        self._folder_fd = os.open(run_dir, os.O_PATH | os.O_DIRECTORY | os.O_CLOEXEC)
        self._selector = selectors.DefaultSelector()
        self._stopping = False
        self._orphaned = False
        self._clients: set[socket.socket] = set()
        self._owners: dict[int, int] = {}  # a supervisor's process -> its pidfd
        self._interpreter: Interpreter | None = None
        self._tree = cgroups.find_tree()
        self._sweep_at: float | None = None
        self._sweep()
        listener = self.listen(HOST_SOCKET)
        self.watch(listener, lambda: self._on_client(listener))
        if options.parent:
            # A pidfd tells the parent's death; a death signal would also tell the end of the thread
            # that started this process.
            try:
                self.watch(os.pidfd_open(options.parent), self._stop_orphaned)
            except ProcessLookupError:
                self._stop_orphaned()
        self._watch_signals()
        wanted = (runtime for runtime in _ORDER if runtime in options.runtimes)
        self._runtimes = [_RuntimeServers(runtime, self) for runtime in wanted]
        self._unstarted = list(self._runtimes)

    def listen(self, name: str) -> socket.socket:
        """Return a listening socket `name` in the run directory, whose path may be long."""
        (self._run_dir / name).unlink(missing_ok=True)
        listener = socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        listener.bind(f"/proc/self/fd/{self._folder_fd}/{name}")
        # Every process that may enter the folder may connect: a supervisor outside this container
        # has another user id, but is in the folder's group.
        (self._run_dir / name).chmod(0o660)
        listener.listen(_BACKLOG)
        return listener

    def watch(self, source: socket.socket | int, callback: Callable[[], None]) -> None:
        """Call `callback` whenever `source` can be read."""
        self._selector.register(source, selectors.EVENT_READ, callback)

    def unwatch(self, source: socket.socket | int) -> None:
        """Undo `watch`."""
        self._selector.unregister(source)

    def config(self, runtime: Runtime) -> protocol.ServerConfig:
        """Return a runtime's server configuration; raises SandboxError without an interpreter."""
        if self._interpreter is None:
            self._interpreter = find_interpreter(self.python)
        if self._landlock is not None:
            config = self._landlock.server_config(runtime, self._interpreter)
        else:
            config = mounts.server_config(runtime, str(self._root), self._interpreter, self._hidden)
        return replace(config, **self._of_servers)

    def clear(self, root: Path) -> None:
        """Remove the children's folders that a dead server left."""
        if self._landlock is not None:
            self._landlock.clear(root)

    def start_next(self) -> None:
        """Start the next runtime's first server: one after the other, the small ones first."""
        if self._unstarted:
            self._unstarted.pop(0).start()

    def serve(self) -> None:
        """Run until told to stop, then stop everything."""
        try:
            self.start_next()
            while not self._stopping:
                times = [self._sweep_at, *(one.retry_at for one in self._runtimes)]
                due = [at for at in times if at is not None]
                timeout = max(0.0, min(due) - time.monotonic()) if due else None
                for key, _ in self._selector.select(timeout):
                    key.data()
                now = time.monotonic()
                if self._sweep_at is not None and self._sweep_at <= now:
                    self._sweep()
                for one in self._runtimes:
                    if one.retry_at is not None and one.retry_at <= now:
                        one.start()
        finally:
            for one in self._runtimes:
                one.stop()
            if self._tree is not None:
                self._tree.sweep_at_last()
            for name in (HOST_SOCKET, *(one.runtime for one in self._runtimes)):
                (self._run_dir / name).unlink(missing_ok=True)
            self.clear(self._root)
            with contextlib.suppress(FileNotFoundError):
                self._root.rmdir()
            if self._orphaned:  # the parent, which would remove the folder, is dead
                with contextlib.suppress(OSError):  # it contains other files
                    self._run_dir.rmdir()

    def _stop(self) -> None:
        self._stopping = True

    def _stop_orphaned(self) -> None:
        self._orphaned = True
        self._stop()

    def stop_at_end_of_input(self) -> None:
        """Stop when standard input closes: in a container this means that the worker has died."""
        self.watch(sys.stdin.fileno(), self._stop)

    def _watch_signals(self) -> None:
        reader, writer = socket.socketpair()
        for end in (reader, writer):
            end.setblocking(False)
        signal.set_wakeup_fd(writer.fileno())
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, lambda *_: self._stop())
        self._wakeup = writer
        self.watch(reader, lambda: None)

    def _on_client(self, listener: socket.socket) -> None:
        """Accept a supervisor's connection, send it the state, and watch its process."""
        client, _ = listener.accept()
        client.setblocking(False)
        pid = int.from_bytes(client.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, 4), "little")
        # 0: it runs in another container, and only the connection's end shows its death.
        if pid and pid not in self._owners:
            try:
                self._owners[pid] = os.pidfd_open(pid)
            except OSError:
                client.close()
                return
            self.watch(self._owners[pid], lambda: self._on_death(pid))
        self._clients.add(client)
        self.watch(client, lambda: self._forget(client))
        self._send_state(client)

    def _forget(self, client: socket.socket) -> None:
        """Close a supervisor's connection. If the supervisor is dying, it isn't dead yet: its
        sockets close first."""
        if client in self._clients:
            self._clients.remove(client)
            self.unwatch(client)
            client.close()
            self._sweep()

    def _on_death(self, pid: int) -> None:
        """Remove the control groups of a supervisor whose process has died."""
        pidfd = self._owners.pop(pid)
        self.unwatch(pidfd)
        os.close(pidfd)
        self._sweep()

    def _sweep(self) -> None:
        clean = self._tree is None or self._tree.sweep()
        self._sweep_at = None if clean else time.monotonic() + _SWEEP_PAUSE_S

    def publish(self) -> None:
        """Tell every supervisor the servers' states."""
        for client in list(self._clients):
            self._send_state(client)

    def _send_state(self, client: socket.socket) -> None:
        state: dict[str, object] = {
            one.runtime.value: [one.state, one.reason] for one in self._runtimes
        }
        # Under its own key: a client of the previous release reads only the runtimes' keys.
        state[WEAR] = {one.runtime.value: one.wear() for one in self._runtimes}
        try:
            client.send(json.dumps(state).encode())
        except OSError:  # the client doesn't read or has left: it may connect again
            self._forget(client)


def main(arguments: list[str] | None = None) -> int:
    """Run the host's command line."""
    parser = argparse.ArgumentParser(prog="worker.sandbox.forkserver.host", description=__doc__)
    parser.add_argument("run_dir", type=Path)
    parser.add_argument("--python", default=sys.executable, help="the runner's interpreter")
    parser.add_argument("--parent", type=int, default=0, help="stop when this process dies")
    parser.add_argument("--runtimes", type=Runtime, nargs="*", default=_ORDER)
    parser.add_argument("--worn-after", type=int, default=mounts.WORN_AFTER)
    parser.add_argument("--fresh-after", type=float, default=mounts.FRESH_AFTER_S)
    parser.add_argument("--servers", type=int, default=0, help="per runtime; 0: by CPU cores")
    parser.add_argument("--landlock", type=int, default=0, help="Landlock's ABI; 0: namespaces")
    parser.add_argument("--hide", type=Path, action="append", default=[], help="hide from jails")
    parser.add_argument("--until-eof", action="store_true", help="stop when standard input closes")
    parser.add_argument("--ready-fd", type=int, help="gets a line when the sockets exist")
    options = parser.parse_args(arguments)
    raise_descriptor_limit()
    host = Host(options)
    if options.until_eof:
        host.stop_at_end_of_input()
    if options.ready_fd is not None:
        with contextlib.suppress(BrokenPipeError):  # the reader has gone
            os.write(options.ready_fd, READY_LINE + mounts.source_digest().encode() + b"\n")
        if options.ready_fd > sys.stderr.fileno():
            os.close(options.ready_fd)
    host.serve()
    return 0


if __name__ == "__main__":
    sys.exit(main())
