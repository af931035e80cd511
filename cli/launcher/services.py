"""Keeps a few processes running, and stops all of them at the end.

Each service runs in its own session, so that Ctrl-C in the terminal reaches only the launcher,
which then stops the services in order. The kernel sends SIGTERM to a service whose launcher died,
even by SIGKILL. A service that ends is restarted: at once if it had been serving or was killed from
outside, else after a pause that grows each time, since it would probably fail again.
"""

import os
import signal
import socket
import subprocess
import sys
import time
from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from contextlib import suppress
from types import FrameType
from typing import TextIO

from cli.launcher.parent_death import die_with_parent
from judge.descriptors import wait_readable
from judge.errors import ShousiError
from judge.readiness import READY_FD

GRACE_S = 15.0
LONGEST_WAIT_S = 10.0
_KILLED = (-signal.SIGKILL, -signal.SIGTERM)


class Service(ABC):
    """One process to keep running. A subclass defines how to start it."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.process: subprocess.Popen[bytes] | None = None
        self.start_at = 0.0
        self.failures = 0

    @abstractmethod
    def start(self) -> None:
        """Start the process. Raises OSError or ShousiError if that fails."""

    @abstractmethod
    def has_served(self) -> bool:
        """Whether the process that just ended had been ready."""

    def plan_restart(self, status: int) -> float:
        """Plan the restart after the process ended with `status`; return the pause in seconds."""
        if self.has_served():
            self.failures = 0
        elif status in _KILLED:
            # Something kills it during its start; the pause keeps restarts from using up a core.
            self.failures = min(self.failures, 1)
        # 0, 1, 3, 7 seconds, and so on.
        wait = min(LONGEST_WAIT_S, 2.0**self.failures - 1.0)
        self.failures += 1
        self.start_at = time.monotonic() + wait
        return wait


class ProcessService(Service):
    """One of our own programs, which reports that it is ready (`judge.readiness`)."""

    def __init__(
        self,
        name: str,
        argv: Sequence[str],
        env: Mapping[str, str],
        inherits: Sequence[socket.socket] = (),
    ) -> None:
        super().__init__(name)
        self._inherits = inherits
        self._argv = argv
        self._env = env
        self._ready: int | None = None

    def start(self) -> None:
        launcher = os.getpid()
        self._close_ready()
        self._ready, writer = os.pipe()
        try:
            self.process = subprocess.Popen(
                list(self._argv),
                env={**os.environ, **self._env, READY_FD: str(writer)},
                stdin=subprocess.DEVNULL,
                start_new_session=True,
                pass_fds=(writer, *(one.fileno() for one in self._inherits)),
                preexec_fn=lambda: die_with_parent(launcher),
            )
        finally:
            os.close(writer)

    def has_served(self) -> bool:
        if self._ready is None:
            return False
        # A surviving child of the process may hold the pipe's other end: don't wait for it.
        served = self.wait_told(0) and bool(os.read(self._ready, 1))
        self._close_ready()
        return served

    def wait_told(self, timeout_s: float) -> bool:
        """Wait at most `timeout_s` until the process reports that it serves, or ends; whether it
        did."""
        assert self._ready is not None
        return wait_readable([self._ready], timeout_s)

    def _close_ready(self) -> None:
        if self._ready is not None:
            os.close(self._ready)
            self._ready = None


class Supervisor:
    """Runs services until a SIGTERM or SIGINT, then stops them in the order given."""

    def __init__(self, services: Sequence[Service]) -> None:
        self.services = services
        self.stopping = False
        self._wake_read, self._wake_write = os.pipe()
        # Signal handlers write into this pipe and must never block.
        os.set_blocking(self._wake_write, False)

    def catch_signals(self) -> None:
        """Make SIGTERM, SIGINT and SIGHUP end `run` instead of the process."""
        signal.set_wakeup_fd(self._wake_write)
        for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
            # `nohup` ignores this signal, so that the service outlives the terminal: leave it so.
            if number != signal.SIGHUP or signal.getsignal(number) is not signal.SIG_IGN:
                signal.signal(number, self._stop)
        signal.signal(signal.SIGCHLD, lambda *_: None)  # only to wake the loop

    def _stop(self, _number: int, _frame: FrameType | None) -> None:
        self.stopping = True

    def start(self) -> None:
        """Start the services that don't run yet."""
        for service in self.services:
            if service.process is None:
                service.start()

    def run(self) -> None:
        """Restart services that end, until a signal asks to stop."""
        while not self.stopping:
            self.wait(self._restart_due())

    def wait(self, timeout_s: float | None) -> None:
        """Sleep until a signal arrives, a child ends or `timeout_s` is over."""
        if wait_readable([self._wake_read], timeout_s):
            os.read(self._wake_read, 4096)

    def _restart_due(self) -> float | None:
        """Start the services that are due; return the seconds until the next start, or None."""
        waits: list[float] = []
        for service in self.services:
            if service.process is not None and (status := service.process.poll()) is not None:
                service.process = None
                wait = service.plan_restart(status)
                _say(
                    f"{service.name} ended with status {status}; starting it again in {wait:.0f} s"
                )
            if service.process is None and service.start_at <= time.monotonic():
                try:
                    service.start()
                except (OSError, ShousiError) as error:
                    # Treated like a process that ended with status 1.
                    wait = service.plan_restart(1)
                    _say(f"{service.name} can't be started: {error}; again in {wait:.0f} s")
            if service.process is None:
                waits.append(max(0.0, service.start_at - time.monotonic()))
        return min(waits, default=None)

    def stop(self) -> None:
        """Send SIGTERM to the services in order and wait for each; those of one name stop together.
        Then SIGKILL ends the rest of each service's process group."""
        told: set[str] = set()
        for service in self.services:
            if service.name not in told:
                told.add(service.name)
                for one in self.services:
                    if one.name == service.name and one.process is not None:
                        one.process.terminate()
            if service.process is None:
                continue
            try:
                service.process.wait(GRACE_S)
            except subprocess.TimeoutExpired:
                _say(f"{service.name} does not stop; killing it")
            with suppress(ProcessLookupError):  # the whole group has ended already
                os.killpg(service.process.pid, signal.SIGKILL)
            service.process.wait()
            service.process = None


def tell(line: str, stream: TextIO) -> None:
    """Write a line for a person. If its reader or its terminal has gone, the service goes on, and
    what is written later leads nowhere."""
    try:
        stream.write(line + "\n")
        stream.flush()
    except OSError:
        nowhere = os.open(os.devnull, os.O_WRONLY)
        os.dup2(nowhere, stream.fileno())
        os.close(nowhere)


def _say(line: str) -> None:
    tell(f"shousi: {line}", sys.stderr)
