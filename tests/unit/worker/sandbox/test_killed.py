"""A run that is killed from outside is repeated once, and the second run counts."""

import os
import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from judge.limits import MIB, Limits
from judge.result import Ending
from tests.unit.worker.sandbox.test_nothing_left import eventually, processes_below
from worker.sandbox.base import CompileRequest, Party, Program, Runtime
from worker.sandbox.namespaces import NamespaceSandbox

_SHORT = Limits(wall_s=2.0)
_LONGER = Limits(wall_s=30.0)
_COMPILE = Limits(cpu_s=30.0, wall_s=60.0, memory_bytes=1024 * MIB, scratch_bytes=64 * MIB)


def _program(*argv: str) -> Program:
    return Program(Runtime.EXEC, {}, argv)


def _command(pid: int) -> str:
    try:
        return Path(f"/proc/{pid}/cmdline").read_text().replace("\0", " ")
    except OSError:
        return ""


def _process_one(pid: int) -> int:
    """The first process of the namespace that `pid` is in."""
    space = Path(f"/proc/{pid}/ns/pid").readlink()
    beside = processes_below(os.getpid()) - {pid}
    (one,) = (each for each in beside if Path(f"/proc/{each}/ns/pid").readlink() == space)
    return one


@contextmanager
def _killing(word: str, sent: int = signal.SIGKILL, *, first: bool = False) -> Iterator[None]:
    """During the block, kill a process whose command contains `word`, or process 1 of its jail."""
    found: list[int] = []

    def look() -> bool:
        found.extend(pid for pid in processes_below(os.getpid()) if word in _command(pid))
        return bool(found)

    def kill() -> None:
        assert eventually(look)
        os.kill(_process_one(found[0]) if first else found[0], sent)

    thread = threading.Thread(target=kill)
    thread.start()
    yield
    thread.join()


@pytest.mark.parametrize("sent", [signal.SIGKILL, signal.SIGTERM])
def test_a_program(jail: NamespaceSandbox, sent: int) -> None:
    with _killing("sleep 9001", sent):
        run = jail.run(_program("sleep", "9001"), b"", _SHORT)
    assert run.ending is Ending.WALL_LIMIT, run
    assert run.usage.wall_s >= _SHORT.wall_s


def test_process_one_above_a_program(groups: NamespaceSandbox) -> None:
    with _killing("sleep 9002", first=True):
        run = groups.run(_program("sleep", "9002"), b"", _SHORT)
    assert run.ending is Ending.WALL_LIMIT, run


def test_a_program_that_kills_itself_has_its_ending(jail: NamespaceSandbox) -> None:
    run = jail.run(_program("sh", "-c", "kill -9 $$"), b"", _SHORT)
    assert (run.ending, run.signal) == (Ending.SIGNALED, signal.SIGKILL)


@pytest.mark.parametrize("killed", ["party", "partner"])
def test_a_side_of_a_conversation(jail: NamespaceSandbox, killed: str) -> None:
    sleeper = Party(_program("sleep", "9003"), _SHORT)
    reader = Party(_program("cat"), _LONGER)
    sides = (sleeper, reader) if killed == "party" else (reader, sleeper)
    with _killing("sleep 9003"):
        talk = jail.interact(*sides, lambda _: True)
    assert talk.partner_first == (killed == "partner")
    run = talk.partner if talk.partner_first else talk.run
    assert run.ending is Ending.WALL_LIMIT, talk


@pytest.mark.parametrize("word", ["cc1plus", "g++"])
def test_a_compiler(groups: NamespaceSandbox, word: str) -> None:
    """The compiler itself is killed, and then one of its processes, which the compiler's message
    reports.
    """
    source = f'#include <regex>\nint main() {{ std::regex word("{word}"); }}\n'
    request = CompileRequest(
        Runtime.EXEC, {"main.cpp": source.encode()}, ("g++", "-o", "main", "main.cpp"), ("main",)
    )
    with _killing(word):
        done = groups.compile(request, _COMPILE)
    assert done.artefact, done.run
