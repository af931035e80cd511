"""Which of the sandbox's walls hold on this machine, for `shousi doctor`."""

import os
import platform
from dataclasses import dataclass
from pathlib import Path

from judge.limits import Limits
from judge.result import Ending
from worker.sandbox.base import Program, Runtime, SandboxError
from worker.sandbox.cgroup import tree as cgroups
from worker.sandbox.namespaces import NamespaceSandbox, start_sandbox
from worker.sandbox.seccomp import syscalls

_ACTIONS = Path("/proc/sys/kernel/seccomp/actions_avail")
_FIX_NAMESPACES = (
    "allow user namespaces: `sysctl user.max_user_namespaces=10000`, on Debian also "
    "`kernel.unprivileged_userns_clone=1`, on Ubuntu "
    "`kernel.apparmor_restrict_unprivileged_userns=0`; or run as root"
)
_FIX_GROUPS = (
    "run as root, or under `systemd-run --user --scope -p Delegate=yes`; without control groups a "
    "submission may have threads but no further process"
)
_FIX_PYTHON = "set up the runner's environment: `make setup`, or set SHOUSI_RUNNER_PYTHON"
_TORCH_TIMEOUT_S = 120.0


@dataclass(frozen=True, slots=True)
class Wall:
    """One thing that the sandbox needs: whether it is there, what was seen, what to do if not.

    Without a `needed` one nothing can be judged; without another, less.
    """

    name: str
    holds: bool
    detail: str
    needed: bool = True
    fix: str = ""


def probe(python: str) -> tuple[Wall, ...]:
    """Look at the machine and run one program in each runtime; takes some seconds for torch."""
    return (_machine(), _filter(), _groups(), *_runtimes(python))


def _machine() -> Wall:
    machine = platform.machine()
    fix = f"use a machine of one of these kinds: {', '.join(syscalls.MACHINES)}"
    return Wall("machine", machine in syscalls.MACHINES, machine, fix=fix)


def _filter() -> Wall:
    actions = _ACTIONS.read_text().split() if _ACTIONS.exists() else []
    holds = {"kill_process", "errno", "allow"} <= set(actions)
    fix = "use a kernel with CONFIG_SECCOMP_FILTER (4.14 or newer)"
    return Wall("system call filter", holds, " ".join(actions) or "not there", fix=fix)


def _groups() -> Wall:
    tree = cgroups.find_tree()
    detail = "none that we may write" if tree is None else f"version {tree.version}"
    return Wall("control groups", tree is not None, detail, needed=False, fix=_FIX_GROUPS)


def _runtimes(python: str) -> list[Wall]:
    try:
        sandbox = start_sandbox(python)
    except SandboxError as error:
        fix = _FIX_NAMESPACES if Path(python).exists() else _FIX_PYTHON
        return [Wall("namespaces", False, str(error), fix=fix)]
    try:
        who = "root" if os.geteuid() == 0 else "an ordinary user"
        walls = [Wall("namespaces", True, f"as {who}", fix=_FIX_NAMESPACES)]
        return walls + [_runtime(sandbox, runtime) for runtime in Runtime]
    finally:
        sandbox.close()


def _runtime(sandbox: NamespaceSandbox, runtime: Runtime) -> Wall:
    name = f"runtime {runtime}"
    fix = _FIX_PYTHON if runtime is Runtime.TORCH else _FIX_NAMESPACES
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
