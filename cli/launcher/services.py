"""Keeps a handful of processes running, and stops every one of them.

Each service is a session of its own, so that Ctrl-C in the terminal reaches the launcher alone,
which then stops them in order. The kernel sends SIGTERM to a service whose launcher died, even
by SIGKILL. A service that ends by itself is started again, later each time it does so soon.
"""

import os
import select
import signal
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from types import FrameType

from cli.launcher.parent_death import die_with_parent

GRACE_S = 15.0
LONGEST_WAIT_S = 30.0
SETTLED_S = 60.0


@dataclass
class Service:
    """One process to keep running."""

    name: str
    argv: Sequence[str]
    env: Mapping[str, str] = field(default_factory=dict)
    process: subprocess.Popen[bytes] | None = None
    started: float = 0.0
    start_at: float = 0.0
    failures: int = 0

    def start(self) -> None:
        launcher = os.getpid()
        self.process = subprocess.Popen(
            list(self.argv),
            env={**os.environ, **self.env},
            stdin=subprocess.DEVNULL,
            start_new_session=True,
            preexec_fn=lambda: die_with_parent(launcher),
        )
        self.started = time.monotonic()

    def note_end(self) -> float:
        """Plan the next start; returns in how many seconds it is due."""
        if time.monotonic() - self.started > SETTLED_S:
            self.failures = 0
        wait = min(LONGEST_WAIT_S, 2.0**self.failures - 1.0)
        self.failures += 1
        self.start_at = time.monotonic() + wait
        return wait


class Supervisor:
    """Runs services until a SIGTERM or SIGINT, then stops them in the order given."""

    def __init__(self, services: Sequence[Service]) -> None:
        self.services = services
        self.stopping = False
        self._wake_read, self._wake_write = os.pipe()
        os.set_blocking(self._wake_write, False)

    def catch_signals(self) -> None:
        """From here on SIGTERM and SIGINT end `run` in good order."""
        signal.set_wakeup_fd(self._wake_write)
        for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
            signal.signal(number, self._stop)
        signal.signal(signal.SIGCHLD, lambda *_: None)  # only to wake the loop

    def _stop(self, _number: int, _frame: FrameType | None) -> None:
        self.stopping = True

    def start(self) -> None:
        for service in self.services:
            service.start()

    def run(self) -> None:
        """Restart what ends, until told to stop."""
        while not self.stopping:
            self.wait(self._restart_due())

    def wait(self, timeout_s: float | None) -> None:
        """Sleep until a signal came, a child ended or the time is over."""
        readable, _, _ = select.select([self._wake_read], [], [], timeout_s)
        if readable:
            os.read(self._wake_read, 4096)

    def _restart_due(self) -> float | None:
        """Start what is due; seconds until the next start that isn't, or None."""
        waits: list[float] = []
        for service in self.services:
            if service.process is not None and (status := service.process.poll()) is not None:
                service.process = None
                wait = service.note_end()
                _say(
                    f"{service.name} ended with status {status}; starting it again in {wait:.0f} s"
                )
            if service.process is None:
                left = service.start_at - time.monotonic()
                if left <= 0:
                    service.start()
                else:
                    waits.append(left)
        return min(waits, default=None)

    def stop(self) -> None:
        """SIGTERM to each in order, waiting for it; SIGKILL to the group of one that stays."""
        for service in self.services:
            if service.process is None:
                continue
            service.process.terminate()
            try:
                service.process.wait(GRACE_S)
            except subprocess.TimeoutExpired:
                _say(f"{service.name} does not stop; killing it")
            _kill_group(service.process.pid)
            service.process.wait()
            service.process = None


def _kill_group(group: int) -> None:
    try:
        os.killpg(group, signal.SIGKILL)
    except ProcessLookupError:
        return  # all of it is gone: as wanted


def _say(line: str) -> None:
    sys.stderr.write(f"shousi: {line}\n")
    sys.stderr.flush()
