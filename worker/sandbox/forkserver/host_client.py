"""Asking a host of fork servers how its servers are."""

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
    """An address below a folder that fits a socket's 107 bytes, however deep the folder lies."""
    return f"/proc/self/fd/{folder_fd}/{name}"


class HostClient:
    """A supervisor's connection to the host. Holding it tells the host that we live.

    Thread-safe. A lost connection is made again at the next question.
    """

    def __init__(self, run_dir: Path) -> None:
        """Raises SandboxError where there is no such folder."""
        try:
            self._folder_fd = os.open(run_dir, os.O_PATH | os.O_DIRECTORY | os.O_CLOEXEC)
        except OSError as error:
            raise SandboxError(f"the folder of the fork servers' host: {error}") from error
        self._lock = threading.Lock()
        self._socket: socket.socket | None = None
        self._states: dict[str, list[str]] = {}
        self._wear: dict[str, dict[str, float]] = {}

    def state(self, runtime: Runtime) -> tuple[str, str]:
        """The runtime's state (starting, ready, failed) and, when failed, why."""
        with self._lock:
            self._update()
            return self._state(runtime)

    def await_ready(self, runtime: Runtime, timeout_s: float) -> None:
        """Return when the runtime is ready; raises SandboxError when it failed or took longer."""
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
            return FAILED, "the host of the fork servers is not there"
        unknown = [FAILED, "the host was not told to start it"] if self._states else [STARTING, ""]
        state, reason = self._states.get(runtime.value, unknown)
        return state, reason

    def _update(self) -> None:
        """Connect if need be, and read what the host has said since."""
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
                # A host of the release before tells none.
                self._wear = told.pop(WEAR, {})
                self._states = told
            else:
                self._disconnect()

    def wear(self) -> dict[str, dict[str, float]]:
        """By runtime how worn the servers were when we connected (`wear.Wear`); empty where the
        host is not there."""
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
        """Leave."""
        with self._lock:
            self._disconnect()
        os.close(self._folder_fd)


def read_wear(run_dir: Path) -> dict[str, dict[str, float]]:
    """`HostClient.wear` of this moment; empty where there is no host. The host tells it to whoever
    comes, and not each time that a number changes."""
    try:
        client = HostClient(run_dir)
    except SandboxError:
        return {}
    with closing(client):
        return client.wear()


def main() -> int:
    """Say whether Python programs can be run in RUN_DIR, the only argument."""
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
