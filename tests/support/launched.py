"""`shousi serve` as `make run` starts it, for tests that use it or break it."""

import os
import select
import socket
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import httpx

SHOUSI = (sys.executable, "-c", "from cli.main import main; main()")
PROJECT = Path(__file__).resolve().parents[2]
TIMEOUT_S = 120


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@dataclass
class Launched:
    """A launcher, what it said until `ready:`, and the environment that finds it."""

    process: subprocess.Popen[str]
    said: list[str]
    env: dict[str, str]

    def shousi(self, *words: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [*SHOUSI, *words], env=self.env, capture_output=True, text=True, timeout=TIMEOUT_S
        )

    def stop(self) -> int:
        """SIGTERM, unless it ended already; the exit status."""
        self.process.terminate()
        status = self.process.wait(TIMEOUT_S)
        assert self.process.stdout is not None
        self.process.stdout.close()
        return status

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.env['SHOUSI_PORT']}/api/v1"

    def admin(self) -> httpx.Client:
        """A client that is signed in as the first admin."""
        token = (Path(self.env["SHOUSI_HOME"]) / "admin-token").read_text().strip()
        headers = {"Authorization": f"Bearer {token}"}
        return httpx.Client(base_url=self.url, headers=headers, timeout=60)

    def family(self) -> set[int]:
        """The launcher and every process that descends from it."""
        parents = {}
        for entry in Path("/proc").iterdir():
            if entry.name.isdigit():
                try:
                    stat = (entry / "stat").read_text()
                except OSError:
                    continue  # it ended while we looked
                parents[int(entry.name)] = int(stat.rpartition(")")[2].split()[1])
        found = {self.process.pid}
        while more := {pid for pid, parent in parents.items() if parent in found} - found:
            found |= more
        return found


def launch(home: Path, **settings: str) -> Launched:
    """Start it, and wait until it is ready; `settings` are further environment variables."""
    env = {
        **os.environ,
        "SHOUSI_HOME": str(home),
        "SHOUSI_PORT": str(free_port()),
        "PYTHONPATH": str(PROJECT),
        "SHOUSI_RUN_MUTANTS": "false",  # ten minutes' work beside the other tests
        **settings,
    }
    process = subprocess.Popen([*SHOUSI, "serve"], env=env, stdout=subprocess.PIPE, text=True)
    said = []
    assert process.stdout is not None
    for line in process.stdout:
        said.append(line)
        if line.startswith("ready:"):
            return Launched(process, said, env)
    raise AssertionError(f"not ready, exit status {process.wait(TIMEOUT_S)}: {said}")


def wait_gone(pids: set[int]) -> None:
    """Until none of these processes is there any more (a zombie is not)."""
    for pid in pids:
        try:
            descriptor = os.pidfd_open(pid)
        except ProcessLookupError:
            continue
        try:
            readable, _, _ = select.select([descriptor], [], [], TIMEOUT_S)
            assert readable, f"process {pid} of the service is still there"
        finally:
            os.close(descriptor)
