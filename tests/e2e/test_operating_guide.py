"""The commands of `docs/operating.md`, run unchanged, and a service that is restored from the
backup.
"""

import json
import os
import re
import shlex
import signal
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from cli.main import make_app
from judge.settings import get_settings
from tests.support.launched import PROJECT, Launched, launch, only_problems
from tests.support.stack import wait_until

GUIDE = (PROJECT / "docs" / "operating.md").read_text()
COMMANDS = [
    line
    for block in re.findall(r"^```sh\n(.*?)^```$", GUIDE, re.DOTALL | re.MULTILINE)
    for line in block.splitlines()
]
SOURCE = "def max_subarray(nums):\n    return max(nums)\n"


@pytest.fixture(scope="module")
def launched(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Launched]:
    folder = tmp_path_factory.mktemp("operating")
    problems = only_problems(folder / "problems", "maxsubarray")
    running = launch(folder / "home", SHOUSI_PROBLEMS=problems)
    yield running
    running.stop()


@pytest.fixture
def as_a_command() -> Iterator[None]:
    """Undo the changes that a command makes to its process."""
    umask, handler = os.umask(0o077), signal.getsignal(signal.SIGTERM)
    yield
    os.umask(umask)
    signal.signal(signal.SIGTERM, handler)
    get_settings.cache_clear()


def run(command: str, port: str, patch: pytest.MonkeyPatch) -> tuple[int, str]:
    """The status of a line of shell, and what it said. `shousi` is run in this process: starting
    one takes longer than all that it does."""
    words = shlex.split(os.path.expandvars(command.replace(":8000", f":{port}")))
    with patch.context() as here:
        while "=" in words[0]:
            here.setenv(*words.pop(0).split("=", 1))
        if words[0] != "shousi":
            done = subprocess.run(words, capture_output=True, text=True, timeout=60)
            return done.returncode, done.stdout + done.stderr
        get_settings.cache_clear()
        result = CliRunner().invoke(make_app(words[1]), words[1:])
        return result.exit_code, result.output


@pytest.mark.usefixtures("as_a_command")
def test_each_command_of_the_guide_does_what_it_says(
    launched: Launched, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert len(COMMANDS) > 15
    monkeypatch.chdir(tmp_path)
    with launched.admin() as http:
        body = {"language": "python3", "source": SOURCE}
        sent = http.post("/problems/maxsubarray/submissions", json=body).json()["id"]
        wait_until(lambda: http.get(f"/submissions/{sent}").json()["state"] == "done", "a verdict")
        (worker,) = http.get("/admin/workers").json()
        for name, value in launched.env.items():
            monkeypatch.setenv(name, value)
        monkeypatch.setenv("SUBMISSION", sent)
        monkeypatch.setenv("WORKER", worker["id"])
        for command in COMMANDS:
            status, said = run(command, launched.env["SHOUSI_PORT"], monkeypatch)
            assert status == 0, (command, said)
        assert http.get(f"/submissions/{sent}").json()["verdict"] == "JE"
        assert http.get("/admin/pause").json()["paused"] is False
    assert {"night.zip", "mine.zip", "elsewhere"} <= {path.name for path in tmp_path.iterdir()}
    assert (tmp_path / "elsewhere" / "shousi.db").exists()


def judged(launched: Launched, file: Path) -> dict[str, Any]:
    done = launched.shousi("submit", str(file), "--problem", "maxsubarray", "--json")
    assert done.returncode in {0, 1}, done.stderr
    seen: dict[str, Any] = json.loads(done.stdout)
    return seen


def test_a_backup_becomes_the_same_service_elsewhere(launched: Launched, tmp_path: Path) -> None:
    source = tmp_path / "wrong.py"
    source.write_text(SOURCE)
    before = judged(launched, source)
    file = tmp_path / "night.zip"
    written = launched.shousi("admin", "backup", str(file))
    assert written.returncode == 0, written.stderr
    home, nothing = tmp_path / "elsewhere", tmp_path / "no problems"
    nothing.mkdir()
    there = Launched(launched.process, [], {**launched.env, "SHOUSI_HOME": str(home)})
    restored = there.shousi("admin", "restore", str(file))
    assert restored.returncode == 0, restored.stderr
    again = there.shousi("admin", "restore", str(file))
    assert (again.returncode, again.stderr.count("\n")) == (2, 1)
    assert "is not empty" in again.stderr
    # Its problems come from the backup, and from no folder.
    elsewhere = launch(home, SHOUSI_PROBLEMS=str(nothing))
    try:
        shown = json.loads(elsewhere.shousi("show", before["id"], "--json").stdout)
        assert (shown["verdict"], shown["tests"]) == ("WA", before["tests"])
        after = judged(elsewhere, source)
        assert (after["verdict"], after["diagnosis"]) == ("WA", before["diagnosis"])
    finally:
        elsewhere.stop()
