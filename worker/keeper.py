"""Keeps one process or container running that a worker needs: the fork servers' host, its
container, the process that renews leases.

Theory of operation. A thread waits until the process serves, then until it ends, and starts another
one. The pause before a start is short if the last process had served, however it ended, and grows
while no process gets that far. A process that doesn't serve in time is ended and counts as failed.

What each failure does. A failed start is logged and tried again. `stop` may be called at any
moment: during a start, between failing starts, in a pause. It waits for a start in progress, ends
the started process, and returns when the thread has ended: nothing is started after it.
"""

import logging
import os
import subprocess
import threading
from collections.abc import Callable, Sequence
from concurrent.futures import Future
from pathlib import Path
from typing import Generic, Protocol, TypeVar

from judge.descriptors import wait_readable

# The standard library's logging, whose lines look the same: another user may own a sandbox, who can
# read our sources but not our libraries (tests/unit/worker/sandbox/test_other_user.py).
log = logging.getLogger(__name__)

FIRST_PAUSE_S = 0.5
LONGEST_PAUSE_S = 30.0
_READY_TIMEOUT_S = 60.0
_PROJECT = Path(__file__).resolve().parents[1]


class NotReadyError(Exception):
    """The started process ended before it served, or takes too long."""


class Kept(Protocol):
    """A started process or container. The keeper's thread waits in the first two methods."""

    def await_ready(self) -> None:
        """Return when it serves; raises an error with the reason if it doesn't. Called once."""

    def await_end(self) -> None:
        """Return when it has ended."""

    def end(self) -> None:
        """End it, clean up after it, and make the waiting thread return. Raises nothing; may be
        called again, and by two threads at once."""


K = TypeVar("K", bound=Kept)


class Keeper(Generic[K]):
    """Keeps the process that `start` starts running, until `stop`. Raises the first start's error.

    `name` names the process in the log.
    """

    def __init__(self, name: str, start: Callable[[], K]) -> None:
        self._name = name
        self._start = start
        self._owner = os.getpid()
        self._stopped = threading.Event()
        self._starting = threading.Lock()
        self._first: Future[None] = Future()
        self.kept = start()
        """The present process, or the last one."""
        self._thread = threading.Thread(target=self._keep, name=name, daemon=True)
        self._thread.start()

    def await_ready(self) -> None:
        """Return when the first process serves; if it fails, raise its error. The keeper still
        tries again."""
        self._first.result()

    def stop(self) -> None:
        """End the process, and start no other. In a fork of the owner this does nothing."""
        if os.getpid() != self._owner:
            return
        self._stopped.set()
        with self._starting:
            self.kept.end()
        self._thread.join()

    def _keep(self) -> None:
        failures = 0
        started = True
        while True:
            try:
                if not started:
                    with self._starting:
                        if self._stopped.is_set():
                            return
                        self.kept = self._start()
                self.kept.await_ready()
                failures = 0
                if not self._first.done():
                    self._first.set_result(None)
                self.kept.await_end()
                why = "it ended"
            # Catch every error: without this thread the process would never be started again.
            except Exception as error:  # noqa: BLE001
                failures += 1
                if not self._first.done():
                    self._first.set_exception(error)
                why = str(error)
            self.kept.end()
            started = False
            # Limit the exponent: after hours of failures the power would overflow a float.
            pause_s = min(LONGEST_PAUSE_S, FIRST_PAUSE_S * 2.0 ** min(failures, 10))
            if not self._stopped.is_set():
                log.warning("%s: %s; another start in %s s", self._name, why, pause_s)
            if self._stopped.wait(pause_s):
                return


class Process:
    """A program of ours that reports on a descriptor that it serves.

    `command` makes its command line from that descriptor. Its standard input stays open until this
    process and all its forks have ended. `grace_s` is how long it may take to end after SIGTERM.
    """

    def __init__(
        self,
        command: Callable[[int], Sequence[str]],
        *,
        grace_s: float,
        pass_fds: Sequence[int] = (),
        umask: int = -1,
    ) -> None:
        self._grace_s = grace_s
        self._told, writer = os.pipe()
        try:
            self._process = subprocess.Popen(
                command(writer),
                cwd=_PROJECT,
                stdin=subprocess.PIPE,
                pass_fds=(writer, *pass_fds),
                umask=umask,
                # A session of its own: Ctrl-C reaches only this process, which then stops it.
                start_new_session=True,
            )
        except BaseException:
            os.close(self._told)
            raise
        finally:
            os.close(writer)
        self._ended = os.pidfd_open(self._process.pid)

    @property
    def pid(self) -> int:
        """The id of its process."""
        return self._process.pid

    def await_ready(self) -> None:
        """See `Kept`."""
        # Waiting for the end of the pipe isn't enough: a process forked from this one at the wrong
        # moment holds the other end too, and may live for a long time.
        try:
            if not wait_readable([self._told, self._ended], _READY_TIMEOUT_S):
                raise NotReadyError(f"it does not serve after {_READY_TIMEOUT_S:.0f} s")
            if not wait_readable([self._told], 0) or not os.read(self._told, 1):
                wait_readable(
                    [self._ended], _READY_TIMEOUT_S
                )  # it closes its files before it is dead
                raise NotReadyError(f"it ended with status {self._process.poll()}")
        finally:
            os.close(self._ended)
            os.close(self._told)

    def await_end(self) -> None:
        """See `Kept`."""
        self._process.wait()

    def end(self) -> None:
        """See `Kept`."""
        if self._grace_s:
            self._process.terminate()
        try:
            self._process.wait(self._grace_s)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        assert self._process.stdin is not None
        self._process.stdin.close()
