"""Finds out which of the sandbox's protections work on this machine, for `shousi doctor`."""

import os
import platform
from dataclasses import dataclass
from pathlib import Path

from judge.limits import Limits
from judge.result import Ending
from worker.sandbox.base import Program, Runtime, SandboxError
from worker.sandbox.cgroup import tree as cgroups
from worker.sandbox.choice import (
    FIX_NAMESPACES,
    FIX_PYTHON,
    Backend,
    choose_local,
    covers_of,
)
from worker.sandbox.namespaces import NamespaceSandbox, start_sandbox
from worker.sandbox.seccomp import syscalls

_ACTIONS = Path("/proc/sys/kernel/seccomp/actions_avail")
_FIX_GROUPS = (
    "run as root, or under `systemd-run --user --scope -p Delegate=yes`; without control groups a "
    "submission may have threads but no further process"
)
_TORCH_TIMEOUT_S = 120.0


@dataclass(frozen=True, slots=True)
class Wall:
    """One requirement of the sandbox: whether it is met, what was found, and how to fix it.

    If a `needed` one is missing, nothing can be judged; without another, fewer programs can.
    """

    name: str
    holds: bool
    detail: str
    needed: bool = True
    fix: str = ""


def probe(python: str, wanted: str = "auto", hidden: tuple[Path, ...] = ()) -> tuple[Wall, ...]:
    """Check the machine and run one program in each runtime; takes some seconds for torch.

    `wanted` is the sandbox that the settings name; `hidden` are paths that no submission may see.
    """
    machine = platform.machine()
    is_known = machine in syscalls.MACHINES
    fix_machine = f"use a machine of one of these kinds: {', '.join(syscalls.MACHINES)}"
    actions = _ACTIONS.read_text().split() if _ACTIONS.exists() else []
    can_filter = {"kill_process", "errno", "allow"} <= set(actions)
    seen = " ".join(actions) or "not there"
    fix_filter = "use a kernel with CONFIG_SECCOMP_FILTER (4.14 or newer)"
    tree = cgroups.find_tree()
    groups = "none that is writable" if tree is None else f"version {tree.version}"
    return (
        Wall("machine", is_known, machine, fix=fix_machine),
        Wall("system call filter", can_filter, seen, fix=fix_filter),
        Wall("control groups", tree is not None, groups, needed=False, fix=_FIX_GROUPS),
        _private(python, hidden),
        *_sandbox(python, wanted, hidden),
    )


def _private(python: str, hidden: tuple[Path, ...]) -> Wall:
    """Check that no jail shows the service's own files."""
    name, fix = "private files", 'see "What a jail shows" in docs/sandbox.md'
    try:
        covers = covers_of(python, hidden)
    except SandboxError as error:
        return Wall(name, False, str(error), fix=fix)
    return Wall(name, True, f"covered: {', '.join(covers)}" if covers else "visible in no jail")


def _sandbox(python: str, wanted: str, hidden: tuple[Path, ...]) -> list[Wall]:
    """Check which of the two sandboxes beside the worker is possible, and which runtimes work."""
    try:
        choice = choose_local("auto" if wanted == "docker" else wanted, python, hidden=hidden)
        sandbox = start_sandbox(python, landlock_abi=choice.landlock_abi, hidden=hidden)
    except SandboxError as error:
        fix = FIX_NAMESPACES if Path(python).exists() else FIX_PYTHON
        return [Wall("namespaces", False, str(error), fix=fix)]
    try:
        if choice.backend is Backend.NAMESPACES:
            who = "root" if os.geteuid() == 0 else "an ordinary user"
            walls = [Wall("namespaces", True, f"as {who}")]
        else:
            walls = [Wall("Landlock", True, f"ABI {choice.landlock_abi}: {choice.warning}")]
            if choice.why:  # empty if namespaces were not tried
                refused = Wall("namespaces", False, choice.why, needed=False, fix=FIX_NAMESPACES)
                walls.insert(0, refused)
        return [*walls, *(_runtime(sandbox, runtime) for runtime in Runtime)]
    finally:
        sandbox.close()


def _runtime(sandbox: NamespaceSandbox, runtime: Runtime) -> Wall:
    name = f"runtime {runtime}"
    fix = FIX_PYTHON if runtime is Runtime.TORCH else FIX_NAMESPACES
    files = {} if runtime is Runtime.EXEC else {"main.py": b"print(42)"}
    argv = ("echo", "42") if runtime is Runtime.EXEC else ("main.py",)
    try:
        sandbox.await_ready(runtime, _TORCH_TIMEOUT_S)
        result = sandbox.run(Program(runtime, files, argv), b"", Limits())
    except SandboxError as error:
        return Wall(name, False, str(error), runtime is Runtime.PYTHON, fix)
    holds = result.ending is Ending.EXITED and result.stdout == b"42\n"
    detail = f"{result.usage.wall_s * 1000:.0f} ms for an empty run" if holds else str(result)
    return Wall(name, holds, detail, runtime is Runtime.PYTHON, fix)
