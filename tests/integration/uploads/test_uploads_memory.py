"""A large package goes through the API's process, not into it."""

import os
import re
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from cli.launcher.broker import EmbeddedValkey
from judge.accounts import users
from judge.db.migrate import upgrade
from judge.db.session import Database
from judge.limits import MIB
from tests.support.databases import settings_of
from tests.support.stack import ROOT, wait_until

PACKAGE_BYTES = 50 * MIB
MOST_GROWTH_BYTES = 20 * MIB


def peak_bytes(pid: int) -> int:
    """The most memory that the process ever had (proc(5), VmHWM)."""
    status = Path(f"/proc/{pid}/status").read_text()
    found = re.search(r"VmHWM:\s+(\d+) kB", status)
    assert found
    return int(found[1]) << 10


@pytest.fixture
def home(tmp_path: Path) -> Iterator[Path]:
    with EmbeddedValkey(tmp_path):
        yield tmp_path


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def answers(url: str) -> bool:
    try:
        return httpx.get(f"{url}/healthz", timeout=60).status_code == 200
    except httpx.TransportError:
        return False


def test_an_upload_is_never_held_in_memory(home: Path) -> None:
    settings = settings_of(home)
    db = Database(settings.database_url)
    upgrade(db)
    secret, _ = users.issue_token(db, users.create_admin(db, "boss").id)
    port = free_port()
    url = f"http://127.0.0.1:{port}/api/v1"
    environment = {
        "PATH": os.environ["PATH"],
        "SHOUSI_HOME": str(home),
        "SHOUSI_DATABASE_URL": settings.database_url,
        "SHOUSI_PORT": str(port),
    }
    api = subprocess.Popen([sys.executable, "-m", "api"], cwd=ROOT, env=environment)
    try:
        wait_until(lambda: answers(url), "the API")
        with httpx.Client(headers={"Authorization": f"Bearer {secret}"}, timeout=120) as client:

            def send(size: int) -> None:
                large = home / "large.zip"
                large.write_bytes(os.urandom(size))
                with large.open("rb") as file:
                    answer = client.post(f"{url}/problems", files={"package": file})
                assert answer.status_code == 202, answer.text

            send(MIB)  # what is loaded at the first upload, whatever its size
            before = peak_bytes(api.pid)
            send(PACKAGE_BYTES)
            assert peak_bytes(api.pid) - before < MOST_GROWTH_BYTES
    finally:
        api.terminate()
        api.wait(30)
        db.close()
