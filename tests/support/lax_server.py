"""A fork server whose children have no system call filter, for tests of attacks that it prevents.

Even without the filter an attack must do little harm, because the filter may miss a system call
that nobody has thought of.
"""

import socket
import struct
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

from runner import protocol
from runner.protocol import Spawn
from tests.support.jails import runner_python
from worker.sandbox.base import Runtime
from worker.sandbox.cgroup.tree import find_tree
from worker.sandbox.forkserver import mounts
from worker.sandbox.forkserver.host import RUNNING
from worker.sandbox.forkserver.interpreter import find_interpreter
from worker.sandbox.namespaces import NamespaceSandbox
from worker.sandbox.seccomp.filters import ALLOW

_ALLOW_ALL = struct.pack("=HBBI", 0x06, 0, 0, ALLOW).hex()


class LaxServer:
    """One fork server of the runtime `exec`, with its template; implements `Servers`. `pid` is the
    template's parent."""

    def __init__(self, folder: Path) -> None:
        root = folder / "root"
        root.mkdir()
        self._path = str(folder / "server")
        config = replace(
            mounts.server_config(Runtime.EXEC, str(root), find_interpreter(runner_python())),
            servers=1,
            filter_hex=_ALLOW_ALL,
            threads_only_hex=_ALLOW_ALL,
            run_hex=_ALLOW_ALL,
        )
        self._link, far = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        listener = socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        listener.bind(self._path)
        listener.listen()
        with far, listener:
            self._process = subprocess.Popen(
                mounts.server_command(runner_python(), listener.fileno(), far.fileno()),
                stdin=subprocess.PIPE,
                pass_fds=(listener.fileno(), far.fileno()),
                env=mounts.server_environment(),
            )
        assert self._process.stdin is not None
        with self._process.stdin as stdin:
            stdin.write(protocol.encode_config(config))
        assert self._link.recv(protocol.CONTROL_BYTES) == protocol.SERVER_READY
        self.pid = self._process.pid

    def state(self, _: Runtime) -> tuple[str, str]:
        """See `Servers`."""
        return RUNNING, ""

    def await_ready(self, runtime: Runtime, timeout_s: float) -> None:
        """See `Servers`. Returns at once: this server is ready from the start."""

    def connect(self, _: Runtime, __: Spawn) -> socket.socket:
        """See `Servers`."""
        connection = socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        connection.connect(self._path)
        return connection

    def close(self) -> None:
        """Kill the server and everything in its jails."""
        self._process.kill()
        self._process.wait()
        self._link.close()


@contextmanager
def lax_sandbox(*, groups: bool) -> Iterator[tuple[NamespaceSandbox, LaxServer]]:
    """Run a sandbox whose jails lack only the system call filter; yield it and its server."""
    with tempfile.TemporaryDirectory() as folder:
        server = LaxServer(Path(folder))
        sandbox = NamespaceSandbox(server, pool_depth=0, use_cgroups=groups)
        try:
            yield sandbox, server
        finally:
            sandbox.close()
            tree = find_tree()
            if tree is not None:
                tree.sweep()
            Path(folder, "root").rmdir()
