"""`shousi serve` as `make run` starts it, for tests that use it or break it.

Starting it takes tens of CPU seconds, so tests share one if they can (`Shared`), and install only
the problems that they need (`only_problems`).
"""

import os
import shutil
import socket
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import IO

import httpx

from judge.descriptors import wait_readable
from judge.proc_stat import PARENT, stat_fields
from judge.settings import Settings

SHOUSI = (sys.executable, "-c", "from cli.main import main; main()")
PROJECT = Path(__file__).resolve().parents[2]
TIMEOUT_S = 120


def shousi_on(
    settings: Settings, *words: str, before: Callable[[], None] | None = None, **variables: str
) -> subprocess.Popen[str]:
    """`shousi` on this home and database; `before` is called in its process first."""
    home = {"SHOUSI_HOME": str(settings.home), "SHOUSI_DATABASE_URL": settings.database_url}
    return subprocess.Popen(
        [*SHOUSI, *words],
        env={**os.environ, "PYTHONPATH": str(PROJECT), **home, **variables},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        preexec_fn=before,
    )


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@dataclass
class Launched:
    """A launcher, its output until `ready:`, and the environment with which the CLI finds it."""

    process: subprocess.Popen[str]
    said: list[str]
    env: dict[str, str]

    def shousi(self, *words: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [*SHOUSI, *words], env=self.env, capture_output=True, text=True, timeout=TIMEOUT_S
        )

    def stop(self) -> int:
        """Send SIGTERM, unless it has already ended; return the exit status."""
        self.process.terminate()
        return self.await_end()

    def kill(self) -> None:
        """Send SIGKILL to the launcher alone."""
        self.process.kill()
        self.await_end()

    def await_end(self) -> int:
        """Wait for the launcher's end; return its exit status."""
        status = self.process.wait(TIMEOUT_S)
        assert self.process.stdout is not None
        self.process.stdout.close()
        return status

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.env['SHOUSI_PORT']}/api/v1"

    def admin(self) -> httpx.Client:
        """Return an API client with the first admin's token."""
        token = (Path(self.env["SHOUSI_HOME"]) / "admin-token").read_text().strip()
        headers = {"Authorization": f"Bearer {token}"}
        return httpx.Client(base_url=self.url, headers=headers, timeout=60)

    def family(self) -> set[int]:
        """Return the pids of the launcher and all its descendants."""
        parents = {}
        for entry in Path("/proc").iterdir():
            if entry.name.isdigit():
                try:
                    stat = (entry / "stat").read_text()
                except OSError:
                    continue  # the process has just ended
                parents[int(entry.name)] = int(stat_fields(stat)[PARENT])
        found = {self.process.pid}
        while more := {pid for pid, parent in parents.items() if parent in found} - found:
            found |= more
        return found


def launch(home: Path, log: IO[bytes] | None = None, **settings: str) -> Launched:
    """Start a service and wait until it is ready; `settings` are further environment variables. Its
    log goes to `log`, by default to standard error."""
    env = {
        **os.environ,
        "SHOUSI_HOME": str(home),
        "SHOUSI_PORT": str(free_port()),
        "PYTHONPATH": str(PROJECT),
        "SHOUSI_RUN_MUTANTS": "false",  # ten minutes' work beside the other tests
        **settings,
    }
    process = subprocess.Popen(
        [*SHOUSI, "serve"], env=env, stdout=subprocess.PIPE, stderr=log, text=True
    )
    said = []
    assert process.stdout is not None
    for line in process.stdout:
        said.append(line)
        if line.startswith("ready:"):
            return Launched(process, said, env)
    raise AssertionError(f"not ready, exit status {process.wait(TIMEOUT_S)}: {said}")


class Shared:
    """A service that the tests of a module share: `running` returns it, and starts it again in the
    same home if a test has ended it."""

    def __init__(self, home: Path, **settings: str) -> None:
        self.home = home
        self._settings = settings
        self._current: Launched | None = None

    def running(self) -> Launched:
        if self._current is None or self._current.process.poll() is not None:
            self._current = launch(self.home, None, **self._settings)
        return self._current

    def close(self) -> None:
        if self._current is not None:
            self._current.stop()


def only_problems(folder: Path, *slugs: str) -> str:
    """Copy these problems to `folder`, and return it as a value for SHOUSI_PROBLEMS."""
    for slug in slugs:
        shutil.copytree(PROJECT / "problems" / slug, folder / slug)
    return str(folder)


def wait_gone(pids: set[int]) -> None:
    """Wait until all these processes have ended; a zombie has."""
    for pid in pids:
        try:
            descriptor = os.pidfd_open(pid)
        except ProcessLookupError:
            continue
        try:
            ended = wait_readable([descriptor], TIMEOUT_S)
            assert ended, f"process {pid} of the service is still there"
        finally:
            os.close(descriptor)
