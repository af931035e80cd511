"""Our own long-running programs for tests, forked from a process that has loaded them already.

A worker computes for two seconds until all is imported, and the tests start some hundred: each
process of `make test` imports it once, in the standard library's fork server. What is forked there
has an environment, files and a session of its own, as a new process has; the tests of `shousi
serve`, of containers and of the command line start theirs anew.
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
    """One such process, with what the tests use of `subprocess.Popen`."""

    def __init__(
        self, main: Callable[[], object], environment: Mapping[str, str], log: Path
    ) -> None:
        """Begin `main` with that environment and no other, in a session of its own; what it says is
        added to `log`."""
        arguments = (main, dict(environment), str(log))
        with contextlib.chdir(ROOT):  # where the fork server finds what it loads
            self._process = _context().Process(target=_run, args=arguments)
            self._process.start()
        assert self._process.pid is not None
        self.pid = self._process.pid

    def poll(self) -> int | None:
        """The exit status, a signal's number below zero; None as long as it runs."""
        return self._process.exitcode

    def wait(self, timeout: float | None = None) -> int:
        """The exit status, once it has ended. Raises subprocess.TimeoutExpired."""
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
    get_settings.cache_clear()  # what was loaded may have asked already
    os.chdir(ROOT)
    sys.argv[1:] = []  # those of the tests
    with Path(log).open("ab") as said, Path(os.devnull).open("rb") as nothing:
        for file, descriptor in ((nothing, 0), (said, 1), (said, 2)):
            os.dup2(file.fileno(), descriptor)
    try:
        main()
    finally:
        # A process of multiprocessing's ends without them.
        atexit._run_exitfuncs()
