"""One fork server, from the host's side."""

import contextlib
import socket
import subprocess
from pathlib import Path

from runner import protocol
from worker.sandbox.forkserver import mounts, priority

_STOP_TIMEOUT_S = 5.0


class ForkServer:
    """One fork server's process and the host's end of the link to it."""

    def __init__(
        self, python: str, config: protocol.ServerConfig, listener: socket.socket, *, idle: bool
    ) -> None:
        self.root = Path(config.root)
        self.link, far = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        with far:
            self.process = subprocess.Popen(
                mounts.server_command(python, listener.fileno(), far.fileno()),
                stdin=subprocess.PIPE,
                stdout=subprocess.DEVNULL,
                env=mounts.server_environment(),
                cwd="/",
                pass_fds=(listener.fileno(), far.fileno()),
                process_group=0,
            )
        self._is_low = idle and priority.lower(self.process.pid)
        assert self.process.stdin is not None
        with contextlib.suppress(BrokenPipeError), self.process.stdin as stdin:
            stdin.write(protocol.encode_config(config))

    def begin(self) -> None:
        """Give the server normal priority, now that requests wait for it."""
        if self._is_low:
            priority.restore(self.process.pid)

    def stop(self) -> None:
        """Kill it and wait until it and its children have ended."""
        self.process.kill()
        self.process.wait()
        self.link.settimeout(_STOP_TIMEOUT_S)
        with contextlib.suppress(OSError):
            while self.link.recv(protocol.CONTROL_BYTES):
                pass
        self.link.close()
