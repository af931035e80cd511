"""The figures that a host reports about its fork servers' age and wear."""

import os
import signal
from pathlib import Path

from judge.limits import Limits
from tests.support.jails import light_python
from tests.support.stack import wait_until
from worker.sandbox.base import Program, Runtime
from worker.sandbox.forkserver.host_client import read_wear
from worker.sandbox.forkserver.host_process import HostProcess
from worker.sandbox.namespaces import NamespaceSandbox

PROGRAM = Program(Runtime.PYTHON, {"submission.py": b"print(1)"}, ("submission.py",))


def test_a_template_that_was_killed_is_counted_and_another_begins(tmp_path: Path) -> None:
    run_dir = tmp_path / "run"
    run_dir.mkdir(mode=0o755)
    host = HostProcess(run_dir, light_python(), runtimes=[Runtime.PYTHON])
    sandbox = NamespaceSandbox(run_dir, pool_depth=0, use_cgroups=False)
    try:
        assert sandbox.run(PROGRAM, b"", Limits()).stdout == b"1\n"
        first = read_wear(run_dir)["python"]
        assert (first["replaced"], first["died"]) == (0, 0)
        assert first["begun_at"] > 0
        assert first["cpu_s"] > 0
        (template,) = Path(f"/proc/{host.pid}/task/{host.pid}/children").read_text().split()
        os.kill(int(template), signal.SIGKILL)
        wait_until(lambda: read_wear(run_dir)["python"]["begun_at"] > first["begun_at"], "another")
        second = read_wear(run_dir)["python"]
        assert (second["replaced"], second["died"]) == (0, 1)
        # The CPU time of the dead server still counts.
        assert second["cpu_s"] >= first["cpu_s"]
    finally:
        sandbox.close()
        host.stop()
    assert read_wear(run_dir) == {}


def test_a_worn_template_is_replaced(tmp_path: Path) -> None:
    run_dir = tmp_path / "run"
    run_dir.mkdir(mode=0o755)
    # A used template is due for replacement at once.
    host = HostProcess(run_dir, light_python(), runtimes=[Runtime.PYTHON], fresh_after_s=0.0)
    sandbox = NamespaceSandbox(run_dir, pool_depth=0, use_cgroups=False)
    try:
        assert sandbox.run(PROGRAM, b"", Limits()).stdout == b"1\n"
        wait_until(lambda: read_wear(run_dir)["python"]["replaced"] >= 1, "a fresh template")
        assert read_wear(run_dir)["python"]["died"] == 0
    finally:
        sandbox.close()
        host.stop()
