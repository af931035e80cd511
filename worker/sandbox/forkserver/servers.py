"""Where jailed children come from, as the sandbox sees it."""

import socket
from typing import Protocol

from runner.protocol import Spawn
from worker.sandbox.base import Runtime


class Servers(Protocol):
    """Fork servers to be connected to: a host's, or one in a container made for a single child.

    Thread-safe.
    """

    def state(self, runtime: Runtime) -> tuple[str, str]:
        """The runtime's state (starting, ready, failed) and, when failed, why."""

    def await_ready(self, runtime: Runtime, timeout_s: float) -> None:
        """Return when the runtime is ready; raises SandboxError when it failed or took longer."""

    def connect(self, runtime: Runtime, request: Spawn) -> socket.socket:
        """A connection to a server that can be asked for `request`'s child, once.

        Raises SandboxError when there is none.
        """

    def close(self) -> None:
        """Leave."""
