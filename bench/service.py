"""Start a whole service for a benchmark, with a new home and a free port; nothing is mocked."""

import itertools
import os
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

import httpx

from judge.db.session import Database
from judge.problem_package.load import load
from judge.problems.publish import publish
from judge.settings import PROJECT

TESTS = 10
SHOUSI = Path(sys.executable).with_name("shousi")
_numbers = itertools.count()


def unlike_any(source: str) -> str:
    """Add a unique last line to a Python source, so that no cached compilation is used."""
    return f"{source}\n# {next(_numbers)}\n"


@dataclass(frozen=True)
class Service:
    """A running service; `launched_s` is the time from its start to the line `ready:`, `pid` the
    launcher's process id."""

    client: httpx.Client
    launched_s: float
    home: Path
    pid: int

    def judge(
        self, slug: str, language: str, source: str, what: str = "submissions"
    ) -> dict[str, object]:
        """POST a submission, wait until it is done, and return it as the API shows it."""
        return self.wait(self.submit(slug, language, source, what))

    def submit(self, slug: str, language: str, source: str, what: str = "submissions") -> str:
        """POST a submission in Python; return its path in the API."""
        body = {"language": language, "source": unlike_any(source)}
        answer = self.client.post(f"/problems/{slug}/{what}", json=body).raise_for_status()
        return f"/submissions/{answer.json()['id']}"

    def wait(self, path: str) -> dict[str, object]:
        """Wait until a submission is done; return it."""
        while True:
            seen: dict[str, object] = (
                self.client.get(path, params={"wait": 30}).raise_for_status().json()
            )
            if seen["state"] == "done":
                return seen


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@contextmanager
def running(tree: Path = PROJECT, **settings: str) -> Iterator[Service]:
    """Start `shousi serve` of the checkout `tree` in an empty home, with further environment
    variables; stop it at the end."""
    with tempfile.TemporaryDirectory(prefix="shousi-bench-") as folder:
        home, port = Path(folder) / "home", free_port()
        env = {
            **os.environ,
            "SHOUSI_HOME": str(home),
            "SHOUSI_PORT": str(port),
            "SHOUSI_LOG_LEVEL": "warning",
            "SHOUSI_RUN_MUTANTS": "false",  # nothing runs but what is measured
            "SHOUSI_RETIME_AFTER_S": "0",
            "PYTHONPATH": str(tree),
            **settings,
        }
        begun = time.perf_counter()
        process = subprocess.Popen(
            [SHOUSI, "serve"], cwd=tree, env=env, stdout=subprocess.PIPE, text=True
        )
        try:
            assert process.stdout is not None
            for line in process.stdout:
                if line.startswith("ready:"):
                    break
            else:
                raise RuntimeError("the service did not become ready")
            launched_s = time.perf_counter() - begun
            token = (home / "admin-token").read_text().strip()
            url = f"http://127.0.0.1:{port}/api/v1"
            headers = {"Authorization": f"Bearer {token}"}
            with httpx.Client(base_url=url, headers=headers, timeout=60) as client:
                yield Service(client, launched_s, home, process.pid)
        finally:
            process.terminate()
            process.wait(60)


def publish_ten_tests(home: Path, slug: str, as_slug: str) -> None:
    """Publish a copy of the problem `slug` with its first ten tests, as the problem `as_slug`."""
    package = load(PROJECT / "problems" / slug)
    short = replace(
        package, slug=as_slug, tests=package.tests[:TESTS], sha256="0" * 56 + as_slug[:8]
    )
    db = Database(f"sqlite:///{home}/shousi.db")
    try:
        publish(db, short)
    finally:
        db.close()
