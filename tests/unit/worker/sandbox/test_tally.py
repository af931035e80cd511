"""The tally counts over all processes how runs got their jails."""

import os
import signal
import threading
from pathlib import Path

import pytest

from judge.limits import Limits
from tests.support.jails import light_python
from tests.support.missing import missing
from worker.sandbox.base import Program, Runtime, SandboxError
from worker.sandbox.namespaces import NamespaceSandbox, start_sandbox
from worker.sandbox.tally import Jail, Tally


def test_processes_and_threads_count_together_and_a_killed_one_keeps_its_counts() -> None:
    tally = Tally()
    reader, writer = os.pipe()
    pid = os.fork()
    if pid == 0:
        for _ in range(100):
            tally.add(Jail.WAITING)
        os.write(writer, b"counted")
        signal.pause()

    def count_many() -> None:
        for _ in range(1000):
            tally.add(Jail.MADE)

    threads = [threading.Thread(target=count_many) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert os.read(reader, 7) == b"counted"
    os.kill(pid, signal.SIGKILL)
    os.waitpid(pid, 0)
    assert tally.counts() == {"waiting": 100, "made": 4000, "failed": 0}
    for end in (reader, writer):
        os.close(end)


def test_a_run_counts_how_it_came_to_its_jail(tmp_path: Path) -> None:
    program = Program(Runtime.PYTHON, {"main.py": b"print(1)"}, ("main.py",))
    tally = Tally()
    try:
        host = start_sandbox(light_python(), tmp_path / "run", runtimes=[Runtime.PYTHON])
    except SandboxError as error:
        missing(f"namespaces: {error}")
    joined = NamespaceSandbox(tmp_path / "run", pool_depth=0, use_cgroups=False, tally=tally)
    joined.await_ready(Runtime.PYTHON)
    assert joined.run(program, b"", Limits()).stdout == b"1\n"
    assert tally.counts() == {"waiting": 0, "made": 1, "failed": 0}
    host.close()
    with pytest.raises(SandboxError):
        joined.run(program, b"", Limits())
    assert tally.counts() == {"waiting": 0, "made": 1, "failed": 1}
    joined.close()
