"""A client of a fork servers' host: asks for the states of its servers."""

import json
import os
import socket
import sys
import threading
import time
from contextlib import closing
from pathlib import Path
from typing import Any

from judge.descriptors import wait_readable
from runner.protocol import CONTROL_BYTES, Spawn
from worker.sandbox.base import Runtime, SandboxError
from worker.sandbox.forkserver.host import FAILED, HOST_SOCKET, RUNNING, STARTING, WEAR

_ANSWER_TIMEOUT_S = 5.0


def short_path(folder_fd: int, name: str) -> str:
    """Return a socket address in a folder that fits the limit of 107 bytes for any folder."""
    return f"/proc/self/fd/{folder_fd}/{name}"


class HostClient:
    """A supervisor's connection to the host, which shows the host that the supervisor is alive.

    Thread-safe. The next call renews a lost connection.
    """

    def __init__(self, run_dir: Path) -> None:
        """Raises SandboxError if the folder doesn't exist."""
        try:
            self._folder_fd = os.open(run_dir, os.O_PATH | os.O_DIRECTORY | os.O_CLOEXEC)
        except OSError as error:
            raise SandboxError(f"the folder of the fork servers' host: {error}") from error
        self._lock = threading.Lock()
        self._socket: socket.socket | None = None
        self._states: dict[str, list[str]] = {}
        self._wear: dict[str, dict[str, float]] = {}

    def state(self, runtime: Runtime) -> tuple[str, str]:
        """Return the runtime's state (starting, ready, failed) and, if it failed, the reason."""
        with self._lock:
            self._update()
            return self._state(runtime)

    def await_ready(self, runtime: Runtime, timeout_s: float) -> None:
        """Return when the runtime is ready; raises SandboxError if it fails or takes longer."""
        deadline = time.monotonic() + timeout_s
        while True:
            with self._lock:
                self._update()
                state, reason = self._state(runtime)
                connection = self._socket
            if state == RUNNING:
                return
            left_s = deadline - time.monotonic()
            if state == FAILED or left_s <= 0:
                raise SandboxError(f"the fork server {runtime} is not ready: {reason or state}")
            assert connection is not None
            wait_readable([connection.fileno()], left_s)

    def connect(self, runtime: Runtime, _: Spawn) -> socket.socket:
        """See `Servers`."""
        connection = socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        try:
            connection.connect(short_path(self._folder_fd, runtime.value))
        except OSError as error:
            connection.close()
            raise SandboxError(f"no jail: {error}") from error
        return connection

    def _state(self, runtime: Runtime) -> tuple[str, str]:
        if self._socket is None:
            return FAILED, "the host of the fork servers is not running"
        unknown = [FAILED, "the host was not told to start it"] if self._states else [STARTING, ""]
        state, reason = self._states.get(runtime.value, unknown)
        return state, reason

    def _update(self) -> None:
        """Connect if necessary, and read the host's new messages."""
        if self._socket is None:
            connection = socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET)
            try:
                connection.connect(short_path(self._folder_fd, HOST_SOCKET))
            except OSError:
                connection.close()
                return
            connection.setblocking(False)
            self._states = {}
            self._socket = connection
        while self._socket is not None:
            try:
                said = self._socket.recv(CONTROL_BYTES)
            except BlockingIOError:
                return
            except OSError:
                said = b""
            if said:
                told: dict[str, Any] = json.loads(said)
                # A host of the previous release doesn't send it.
                self._wear = told.pop(WEAR, {})
                self._states = told
            else:
                self._disconnect()

    def wear(self) -> dict[str, dict[str, float]]:
        """Return by runtime how worn the servers were at the last message (`wear.Wear`); empty if
        there is no host."""
        with self._lock:
            self._update()
            if self._socket is not None and not self._states:
                wait_readable([self._socket.fileno()], _ANSWER_TIMEOUT_S)
                self._update()
            return self._wear

    def _disconnect(self) -> None:
        if self._socket is not None:
            self._socket.close()
            self._socket = None

    def close(self) -> None:
        """Close the connection."""
        with self._lock:
            self._disconnect()
        os.close(self._folder_fd)


def read_wear(run_dir: Path) -> dict[str, dict[str, float]]:
    """Return the present `HostClient.wear`; empty if there is no host. It makes a new connection,
    because the host doesn't send every change to old ones."""
    try:
        client = HostClient(run_dir)
    except SandboxError:
        return {}
    with closing(client):
        return client.wear()


def main() -> int:
    """Report whether Python programs can be run; the only argument is the run directory."""
    client = HostClient(Path(sys.argv[1]))
    try:
        client.await_ready(Runtime.PYTHON, _ANSWER_TIMEOUT_S)
    except SandboxError as error:
        sys.stderr.write(f"{error}\n")
        return 1
    finally:
        client.close()
    return 0


if __name__ == "__main__":
    sys.exit(main())
