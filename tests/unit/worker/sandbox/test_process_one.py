"""Process 1 of a jail sleeps in its fork server's memory: nothing can make it run code there."""

import os
from pathlib import Path

import pytest

from judge.limits import Limits
from tests.support.jails import TORCH_PATIENCE_S, started_sandbox
from tests.unit.worker.sandbox.test_nothing_left import processes_below
from worker.sandbox.base import Program, Runtime, Sandbox

_PROGRAMS = (
    Program(Runtime.PYTHON, {"submission.py": b""}, ("submission.py",)),
    Program(Runtime.EXEC, {}, ("/bin/true",)),
)
_STRIKES = """
import os, signal
for number in {*range(1, 65)} - {32, 33}:
    try:
        os.kill(1, number)
    except OSError:
        pass
print(os.getpid(), os.getppid())
"""


def _status(pid: int) -> dict[str, str]:
    lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    return {name: value.strip() for name, _, value in (line.partition(":") for line in lines)}


@pytest.mark.parametrize("groups", [True, False], ids=["groups", "no_groups"])
def test_it_catches_no_signal(groups: bool) -> None:
    before = processes_below(os.getpid())
    with started_sandbox(groups=groups) as sandbox:
        sandbox.await_ready(Runtime.TORCH, TORCH_PATIENCE_S)
        for program in _PROGRAMS:
            sandbox.run(program, b"", Limits())
        statuses = [_status(pid) for pid in processes_below(os.getpid()) - before]
    first = [one for one in statuses if one["NSpid"].split()[1:][-1:] == ["1"]]
    sleepers = [one for one in first if len(one["NSpid"].split()) == 3]  # a server has 2
    assert len(first) - len(sleepers) == len(Runtime)
    assert sleepers
    assert {int(one["SigCgt"], 16) for one in first} == {0}


def test_a_submission_that_strikes_it_goes_on(jail: Sandbox) -> None:
    program = Program(Runtime.PYTHON, {"submission.py": _STRIKES.encode()}, ("submission.py",))
    assert jail.run(program, b"", Limits()).stdout == b"2 0\n"
    assert jail.run(program, b"", Limits()).stdout == b"2 0\n"
