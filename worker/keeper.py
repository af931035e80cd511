"""Keeps one thing running that a worker can't do without: the fork servers' host, its container,
the process that renews leases.

Theory of operation. A thread waits until what was started serves, then until it ends, and starts
another. The pause before a start is short after one that had served, however it ended, and grows
while none does. What doesn't serve in time is ended, and counts as one that failed.

What each failure does. A start that fails is logged and tried again. `stop` may come at any
moment: while one starts, while none can be started, in a pause. It waits for a start that is under
way, ends what came of it, and returns when the thread is over: nothing is started after it.
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

# The standard library's, whose lines look the same: who owns a sandbox may be another user, who
# can read our sources and has no library of ours (tests/unit/worker/sandbox/test_other_user.py).
log = logging.getLogger(__name__)

FIRST_PAUSE_S = 0.5
LONGEST_PAUSE_S = 30.0
_READY_TIMEOUT_S = 60.0
_PROJECT = Path(__file__).resolve().parents[1]


class NotReadyError(Exception):
    """What was started has ended before it served, or takes too long."""


class Kept(Protocol):
    """Something that was started. The keeper's thread waits in the first two methods."""

    def await_ready(self) -> None:
        """Return when it serves; raises an error that says why it doesn't. Called once."""

    def await_end(self) -> None:
        """Return when it has ended."""

    def end(self) -> None:
        """End it, put away what it leaves, and make the waiting thread return. Raises nothing;
        may be called again, and by two threads at once."""


K = TypeVar("K", bound=Kept)


class Keeper(Generic[K]):
    """Keeps what `start` starts running, until `stop`. Raises what the first start raises.

    `name` is what it keeps, for a person.
    """

    def __init__(self, name: str, start: Callable[[], K]) -> None:
        self._name = name
        self._start = start
        self._owner = os.getpid()
        self._stopped = threading.Event()
        self._starting = threading.Lock()
        self._first: Future[None] = Future()
        self.kept = start()
        """What runs at this moment, or ran last."""
        self._thread = threading.Thread(target=self._keep, name=name, daemon=True)
        self._thread.start()

    def await_ready(self) -> None:
        """Return when the first one serves; raises what kept it from that. It is tried again."""
        self._first.result()

    def stop(self) -> None:
        """End what runs, and start nothing any more. In a fork of the owner this does nothing."""
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
            # Whatever it is: without this thread nothing would ever be started again.
            except Exception as error:  # noqa: BLE001
                failures += 1
                if not self._first.done():
                    self._first.set_exception(error)
                why = str(error)
            self.kept.end()
            started = False
            # Bounded: after some hours of failures the power would be no number of a float's.
            pause_s = min(LONGEST_PAUSE_S, FIRST_PAUSE_S * 2.0 ** min(failures, 10))
            if not self._stopped.is_set():
                log.warning("%s: %s; another start in %s s", self._name, why, pause_s)
            if self._stopped.wait(pause_s):
                return


class Process:
    """A program of ours that tells on a descriptor that it serves.

    `command` makes its command line, given that descriptor. Its standard input stays open until we
    and those forked from us are gone. `grace_s` is how long it may take to end in good order.
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
                # A session of its own: Ctrl-C at a terminal is for us, who then stop it in order.
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
        """Its process."""
        return self._process.pid

    def await_ready(self) -> None:
        """See `Kept`."""
        # It isn't enough to await the end of what it tells: a process that is forked from us at the
        # wrong moment holds the other end too, and may live for long.
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
