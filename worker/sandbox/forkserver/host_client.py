"""Starting a host of fork servers, and asking one how its servers are."""

import json
import os
import shutil
import socket
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterable
from pathlib import Path

from runner.protocol import CONTROL_BYTES, Spawn
from worker.sandbox.base import Runtime, SandboxError
from worker.sandbox.forkserver.host import FAILED, HOST_SOCKET, RUNNING, STARTING
from worker.sandbox.forkserver.mounts import PROJECT, WORN_AFTER
from worker.sandbox.waiting import wait_readable

_START_TIMEOUT_S = 30.0
_ANSWER_TIMEOUT_S = 5.0
_STOP_TIMEOUT_S = 15.0
_STOP_POLL_S = 0.1
_RESTART_PAUSE_S = 1.0


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
        state, reason = self._states.get(runtime.value, [STARTING, ""])
        return state, reason

    def _update(self) -> None:
        """Connect if need be, and read what the host has said since."""
        if self._socket is None:
            self._connect()
        while self._socket is not None:
            try:
                said = self._socket.recv(CONTROL_BYTES)
            except BlockingIOError:
                return
            except OSError:
                said = b""
            if said:
                self._states = json.loads(said)
            else:
                self._disconnect()

    def _connect(self) -> None:
        connection = socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        try:
            connection.connect(short_path(self._folder_fd, HOST_SOCKET))
        except OSError:
            connection.close()
            return
        connection.setblocking(False)
        self._states = {}
        self._socket = connection

    def _disconnect(self) -> None:
        if self._socket is not None:
            self._socket.close()
            self._socket = None

    def close(self) -> None:
        """Leave."""
        with self._lock:
            self._disconnect()
        os.close(self._folder_fd)


class HostProcess:
    """A host that this process has started, and starts again should it end. `stop` ends it.

    `run_dir` is where its sockets are; by default a temporary folder, which `stop` removes. A host
    that ends leaves it to the next one. `worn_after` is the number of children after which a fork
    server is replaced by a fresh one; with a `landlock_abi` the servers' children are walled in by
    Landlock. `hidden` are folders that no child may see, wherever they lie; see `view`.
    """

    def __init__(
        self,
        run_dir: Path | None,
        python: str,
        *,
        worn_after: int = WORN_AFTER,
        landlock_abi: int = 0,
        hidden: Iterable[Path] = (),
    ) -> None:
        self._is_temporary = run_dir is None
        self.run_dir = run_dir or Path(tempfile.mkdtemp(prefix="shousi-"))
        self._command = [
            sys.executable, "-m", "worker.sandbox.forkserver.host", str(self.run_dir),
            "--python", python, "--parent", str(os.getpid()), "--worn-after", str(worn_after),
            "--landlock", str(landlock_abi), *(f"--hide={folder}" for folder in hidden),
        ]  # fmt: skip
        self._owner = os.getpid()
        self._stopped = threading.Event()
        self._process = self._start()
        self._keeper = threading.Thread(target=self._keep, name="sandbox-host", daemon=True)
        self._keeper.start()

    @property
    def pid(self) -> int:
        """The host's process, at this moment."""
        return self._process.pid

    def _start(self) -> subprocess.Popen[bytes]:
        """Start it, and return when its sockets are there (or it has died)."""
        reader, writer = os.pipe()
        command = [*self._command, "--ready-fd", str(writer)]
        # A session of its own: Ctrl-C at a terminal is for us, who then stop it in order.
        process = subprocess.Popen(
            command, cwd=PROJECT, stdin=subprocess.DEVNULL, start_new_session=True,
            pass_fds=(writer,),
            # Submissions run as other users and must be able to read their files.
            umask=0o022,
        )  # fmt: skip
        os.close(writer)
        wait_readable([reader], _START_TIMEOUT_S)
        os.close(reader)
        return process

    def _keep(self) -> None:
        while True:
            self._process.wait()
            if self._stopped.wait(_RESTART_PAUSE_S):
                return
            self._process = self._start()

    def stop(self) -> None:
        """End the host and all its servers. In a fork of the owner this does nothing."""
        if os.getpid() != self._owner:
            return
        self._stopped.set()
        deadline = time.monotonic() + _STOP_TIMEOUT_S
        # Again and again: the keeper may be starting another host at this moment.
        while self._keeper.is_alive():
            late = time.monotonic() > deadline
            (self._process.kill if late else self._process.terminate)()
            self._keeper.join(_STOP_POLL_S)
        if self._is_temporary:
            shutil.rmtree(self.run_dir, ignore_errors=True)


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
