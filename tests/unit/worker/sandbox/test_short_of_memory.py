"""A run that is killed because the machine or the container lacks memory gets no verdict for it."""

import contextlib
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from judge.limits import MIB, Limits, Usage
from judge.result import Ending, RunResult
from tests.support.jails import light_python
from tests.support.missing import missing
from worker.sandbox import killed
from worker.sandbox.base import CompileResult, Interaction, Program, Runtime, SandboxError
from worker.sandbox.cgroup import tree as cgroups
from worker.sandbox.namespaces import NamespaceSandbox, start_sandbox

_ABOVE_BYTES = 60 * MIB
_TAKES_100_MIB = (
    b"taken = bytearray(100 << 20)\nfor at in range(0, len(taken), 4096): taken[at] = 1\n"
)
_GOOD = RunResult(Ending.EXITED, Usage(wall_s=1.0))
_LACKED = RunResult(
    Ending.SIGNALED, Usage(wall_s=1.0), signal=9, machine_lacked_memory=True, exit_code=0
)


@pytest.fixture
def cramped(monkeypatch: pytest.MonkeyPatch) -> Iterator[NamespaceSandbox]:
    """A sandbox whose runs together have less memory than the limit of each one."""
    tree = cgroups.find_tree()
    if tree is None:
        missing("writable control groups")
    above = {name: folder / "cramped" for name, folder in tree.folders.items()}
    inside = {name: folder / "runs" for name, folder in above.items()}
    for folder in (*above.values(), *inside.values()):
        folder.mkdir()
    if tree.version == 2:
        (above["unified"] / "cgroup.subtree_control").write_text("+memory +pids")
        (inside["unified"] / "cgroup.subtree_control").write_text("+memory +pids")
        limits = [above["unified"] / "memory.max", above["unified"] / "memory.swap.max"]
    else:
        names = ("memory.limit_in_bytes", "memory.memsw.limit_in_bytes")
        limits = [above["memory"] / name for name in names]
    for limit in filter(Path.exists, limits):
        limit.write_text("0" if "swap.max" in limit.name else str(_ABOVE_BYTES))
    with monkeypatch.context() as patch:
        patch.setattr(cgroups, "find_tree", lambda: cgroups.Tree(tree.version, inside))
        sandbox = start_sandbox(light_python(), runtimes=[Runtime.PYTHON])
    try:
        yield sandbox
    finally:
        sandbox.close()
        for folder in (*inside.values(), *above.values()):
            with contextlib.suppress(FileNotFoundError):  # in version 1 two may be the same
                folder.rmdir()


def test_the_group_above_lacks_memory(cramped: NamespaceSandbox) -> None:
    program = Program(Runtime.PYTHON, {"main.py": _TAKES_100_MIB}, ("main.py",))
    with pytest.raises(SandboxError, match="lacks memory"):
        cramped.run(program, b"", Limits(memory_bytes=256 * MIB))
    # Its own limit is the smaller one here.
    assert cramped.run(program, b"", Limits(memory_bytes=20 * MIB)).ending is Ending.MEMORY_LIMIT


def test_the_second_run_counts() -> None:
    runs = iter([_LACKED, _GOOD])
    assert killed.run(lambda: next(runs)) == replace(_GOOD, usage=Usage(wall_s=2.0))


def test_a_run_that_goes_on_without_its_process_is_repeated() -> None:
    runs = iter([replace(_GOOD, machine_lacked_memory=True), _GOOD])
    assert not killed.run(lambda: next(runs)).machine_lacked_memory


@pytest.mark.parametrize("side", ["run", "partner"])
def test_either_side_of_a_conversation(side: str) -> None:
    good = Interaction(_GOOD, _GOOD, partner_first=side == "run")
    bad = replace(good, run=_LACKED) if side == "run" else replace(good, partner=_LACKED)
    talks = iter([bad, good])
    assert killed.interact(lambda: next(talks)).partner_first == good.partner_first
    with pytest.raises(SandboxError, match="lacks memory"):
        killed.interact(lambda: bad)


def test_a_compiler() -> None:
    runs = iter([CompileResult(replace(_LACKED, exit_code=1)), CompileResult(_GOOD)])
    assert killed.compile(lambda: next(runs)).run.ending is Ending.EXITED
    with pytest.raises(SandboxError, match="lacks memory"):
        killed.compile(lambda: CompileResult(_LACKED))
