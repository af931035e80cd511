"""Starts workers for tests as forks of a process that has already imported them.

A worker's imports take two seconds of CPU time, and the tests start about a hundred workers: so
each process of `make test` imports them once, in the fork server of the standard library. A fork
has its own environment, files and session, as a new process has. Tests of `shousi serve`, of
containers and of the command line start new processes instead.
"""

import atexit
import contextlib
import multiprocessing
import os
import signal
import subprocess
import sys
from collections.abc import Callable, Mapping
from functools import cache
from multiprocessing.context import ForkServerContext
from pathlib import Path

from judge.settings import get_settings

ROOT = Path(__file__).resolve().parents[2]
_LOADED = ["pytest", "tests.support.tiny_worker", "tests.support.forked"]


class Forked:
    """A forked process, with those methods of `subprocess.Popen` that tests use."""

    def __init__(
        self, main: Callable[[], object], environment: Mapping[str, str], log: Path
    ) -> None:
        """Run `main` with exactly this environment, in a new session; its output is appended to
        `log`."""
        arguments = (main, dict(environment), str(log))
        with contextlib.chdir(ROOT):  # the fork server imports its modules from here
            self._process = _context().Process(target=_run, args=arguments)
            self._process.start()
        assert self._process.pid is not None
        self.pid = self._process.pid

    def poll(self) -> int | None:
        """Return the exit status, -N for a death by signal N, or None while the process runs."""
        return self._process.exitcode

    def wait(self, timeout: float | None = None) -> int:
        """Wait for the end and return the exit status. Raises subprocess.TimeoutExpired."""
        self._process.join(timeout)
        status = self.poll()
        if status is None:
            raise subprocess.TimeoutExpired(f"process {self.pid}", timeout or 0.0)
        return status

    def send_signal(self, number: int) -> None:
        """Send a signal, unless it has ended."""
        if self.poll() is None:
            os.kill(self.pid, number)

    def terminate(self) -> None:
        """Send SIGTERM."""
        self.send_signal(signal.SIGTERM)

    def kill(self) -> None:
        """Send SIGKILL."""
        self.send_signal(signal.SIGKILL)


@cache
def _context() -> ForkServerContext:
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(_LOADED)
    return context


def _run(main: Callable[[], object], environment: dict[str, str], log: str) -> None:
    os.setsid()
    os.environ.clear()
    os.environ.update(environment)
    get_settings.cache_clear()  # an imported module may have read the settings already
    os.chdir(ROOT)
    sys.argv[1:] = []  # they are pytest's arguments
    with Path(log).open("ab") as said, Path(os.devnull).open("rb") as nothing:
        for file, descriptor in ((nothing, 0), (said, 1), (said, 2)):
            os.dup2(file.fileno(), descriptor)
    try:
        main()
    finally:
        # multiprocessing ends a process without calling these.
        atexit._run_exitfuncs()
