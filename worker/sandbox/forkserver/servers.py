"""The interface through which the sandbox gets jailed children."""

import socket
from typing import Protocol

from runner.protocol import Spawn
from worker.sandbox.base import Runtime


class Servers(Protocol):
    """Fork servers that accept connections: a host's, or a container's with a single child.

    Thread-safe.
    """

    def state(self, runtime: Runtime) -> tuple[str, str]:
        """Return the runtime's state (starting, ready, failed) and, if it failed, the reason."""

    def await_ready(self, runtime: Runtime, timeout_s: float) -> None:
        """Return when the runtime is ready; raises SandboxError if it fails or takes longer."""

    def connect(self, runtime: Runtime, request: Spawn) -> socket.socket:
        """Return a connection to a server, for one request of a child like `request`.

        Raises SandboxError if there is no server.
        """

    def close(self) -> None:
        """Close the connections."""
