"""A submission that is slow to die gets its verdict at once, and doesn't affect other runs."""

import os
import signal
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

import pytest

from judge.limits import MIB, Limits
from judge.proc_stat import STATE, stat_fields
from judge.result import Ending
from tests.hostile import corpus
from tests.support.lax_server import LaxServer, lax_sandbox
from tests.support.missing import missing
from tests.unit.worker.sandbox.test_nothing_left import eventually, groups_of, processes_below
from worker.sandbox.base import CompileRequest, Program, Runtime
from worker.sandbox.cgroup import tree
from worker.sandbox.namespaces import NamespaceSandbox

_COMPILE = Limits(cpu_s=10.0, wall_s=60.0, memory_bytes=512 * MIB, scratch_bytes=64 * MIB)
_SHORT = Limits(cpu_s=0.2, wall_s=2.0, memory_bytes=512 * MIB)
_ECHO = Program(Runtime.EXEC, {}, ("echo", "1"))
# The started process waits for the template, and the template for its server.
_IDLE = 3
# This call ignores signals for seconds: it walks through 1 TiB of pages.
_DEAF = (corpus.HERE / "cases" / "mincore_forever.c").read_text().replace("4ull", "1ull").encode()
_BESIDE = b"""#define _GNU_SOURCE
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <sys/syscall.h>
#include <unistd.h>
int main(void) {
  for (int i = 0; i < 3; i++)
    if (syscall(SYS_clone, CLONE_PARENT | SIGCHLD, 0, 0, 0, 0) == 0) {
      if (i) _exit(0);
      pause();
    }
  puts("made");
}
"""


@pytest.fixture(params=["groups", "no_groups"])
def lax(request: pytest.FixtureRequest) -> Iterator[tuple[NamespaceSandbox, LaxServer]]:
    groups = request.param == "groups"
    if groups and tree.find_tree() is None:
        missing("writable control groups")
    with lax_sandbox(groups=groups) as (sandbox, server):
        yield sandbox, server


def _compiled(sandbox: NamespaceSandbox, source: bytes) -> Program:
    argv = ("gcc", "-o", "main", "main.c")
    files = {"main.c": source}
    done = sandbox.compile(CompileRequest(Runtime.EXEC, files, argv, ("main",)), _COMPILE)
    assert done.artefact, done.run
    return Program(Runtime.EXEC, done.artefact, ("/app/main",))


def _zombies(pid: int) -> list[int]:
    def state(one: int) -> str:
        return stat_fields(Path(f"/proc/{one}/stat").read_text())[STATE]

    return [one for one in processes_below(pid) if state(one) == "Z"]


def test_a_call_that_looks_at_no_signal(lax: tuple[NamespaceSandbox, LaxServer]) -> None:
    sandbox, server = lax
    before = groups_of(tree.owner_name())
    deaf = _compiled(sandbox, _DEAF)
    result = sandbox.run(deaf, b"", _SHORT)
    assert result.ending in (Ending.CPU_LIMIT, Ending.WALL_LIMIT)
    # The verdict is there while the program still runs, for many times its limit.
    assert "main" in _names(server.pid)
    aside = set(groups_of(tree.owner_name())) - set(before)
    # The program still runs meanwhile, in a group that no other run gets.
    assert sandbox.run(_ECHO, b"", Limits()).stdout == b"1\n"
    assert eventually(lambda: len(processes_below(server.pid)) == _IDLE)
    sandbox.run(_ECHO, b"", Limits())
    if sandbox.has_groups:
        assert not [group for group in aside if _is_busy(group)]


def _is_busy(group: Path) -> bool:
    return group.exists() and bool((group / "cgroup.procs").read_text())


def test_children_that_the_server_does_not_know(lax: tuple[NamespaceSandbox, LaxServer]) -> None:
    sandbox, server = lax
    beside = _compiled(sandbox, _BESIDE)
    result = sandbox.run(beside, b"", _SHORT)
    assert (result.ending, result.stdout) == (Ending.EXITED, b"made\n")
    assert eventually(lambda: len(processes_below(server.pid)) == _IDLE)
    assert _zombies(server.pid) == []


def test_a_server_that_is_alive_and_silent(lax: tuple[NamespaceSandbox, LaxServer]) -> None:
    sandbox, server = lax
    spin = _compiled(sandbox, b"int main(void) { for (;;); }")
    with ThreadPoolExecutor(1) as pool:
        future = pool.submit(sandbox.run, spin, b"", replace(_SHORT, cpu_s=1.0, wall_s=20.0))
        assert eventually(lambda: "main" in _names(server.pid))  # it has its job
        (template,) = _children(server.pid)
        (forking,) = _children(template)
        os.kill(forking, signal.SIGSTOP)
        result = future.result()
        os.kill(forking, signal.SIGCONT)
    assert result.ending is Ending.CPU_LIMIT
    assert sandbox.run(_ECHO, b"", Limits()).stdout == b"1\n"


def _names(pid: int) -> set[str]:
    files = (Path(f"/proc/{one}/comm") for one in processes_below(pid))
    return {file.read_text().strip() for file in files if file.exists()}


def _children(pid: int) -> list[int]:
    return [int(one) for one in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]
