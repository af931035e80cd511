"""A supervisor that is another user than the fork servers', as beside a container."""

import os
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.jails import ORDINARY_USER, PROJECT, runner_python
from tests.support.missing import missing
from worker.sandbox.forkserver.host_client import main
from worker.sandbox.forkserver.host_process import HostProcess

_SCRIPT = """
import sys
from pathlib import Path
from judge.limits import Limits
from worker.sandbox.base import Program, Runtime
from worker.sandbox.namespaces import NamespaceSandbox

sandbox = NamespaceSandbox(Path(sys.argv[1]), use_cgroups=False)
sandbox.await_ready(Runtime.PYTHON)
for source in (b"print(42)", b"while True: pass"):
    program = Program(Runtime.PYTHON, {"main.py": source}, ("main.py",))
    result = sandbox.run(program, b"", Limits(cpu_s=0.2, wall_s=20.0))
    print(result.ending.name, result.stdout)
sandbox.close()
"""


@pytest.fixture
def shared_dir() -> Iterator[Path]:
    """A folder of fork servers whose sockets are an ordinary user's group's."""
    if os.geteuid() != 0 or not Path("/usr/bin/python3").exists():
        missing("root and the system's python3, to be another user")
    with tempfile.TemporaryDirectory(dir="/var/tmp") as name:
        folder = Path(name)
        os.chown(folder, 0, ORDINARY_USER)
        folder.chmod(0o2770)
        host = HostProcess(folder, runner_python())
        yield folder
        host.stop()


def test_may_run_and_kill(shared_dir: Path) -> None:
    user = str(ORDINARY_USER)
    command = [
        "setpriv", "--reuid", user, "--regid", user, "--clear-groups",
        "/usr/bin/python3", "-B", "-c", _SCRIPT, str(shared_dir),
    ]  # fmt: skip
    environment = {"PATH": "/usr/bin:/bin", "PYTHONPATH": str(PROJECT)}
    done = subprocess.run(
        command, cwd="/", env=environment, capture_output=True, text=True, check=False
    )
    assert done.stdout == "EXITED b'42\\n'\nCPU_LIMIT b''\n", done.stderr


def test_the_health_check(shared_dir: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.argv", ["host_client", str(shared_dir)])
    assert main() == 0


def test_the_health_check_without_a_host(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("sys.argv", ["host_client", str(tmp_path)])
    assert main() == 1
    assert "is not running" in capsys.readouterr().err
