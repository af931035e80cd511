"""Every case of the hostile corpus gets its verdict, in each way that the sandbox can run."""

import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from judge.limits import Limits
from judge.result import Ending
from tests.hostile import corpus
from tests.support.jails import (
    TORCH_PATIENCE_S,
    landlock_or_skip,
    ordinary_home,
    run_as_ordinary_user,
)
from tests.support.missing import missing
from tests.support.whole import is_whole
from worker.sandbox.base import Program, Runtime, SandboxError
from worker.sandbox.namespaces import NamespaceSandbox
from worker.sandbox.seccomp import syscalls

_PROBE = (corpus.HERE / "cases" / "system_call.py").read_bytes()


def _call(jail: NamespaceSandbox, number: int) -> Ending:
    program = Program(Runtime.PYTHON, {"call.py": _PROBE}, ("call.py", str(number)))
    return jail.run(program, b"", Limits()).ending


@pytest.mark.parametrize("case", list(corpus.load()), ids=lambda case: case.name)
def test_case(case: corpus.Case, jail: NamespaceSandbox, backend: str) -> None:
    if case.how == "torch":
        try:
            jail.await_ready(Runtime.TORCH, TORCH_PATIENCE_S)
        except SandboxError as error:
            missing(str(error))
    where = corpus.Where(
        groups=jail.has_groups,
        alone=backend.startswith("single_use"),
        landlock=backend == "landlock",
    )
    assert corpus.complaint(case, jail, where) == ""


@pytest.mark.parametrize("name", syscalls.numbers(syscalls.FATAL, corpus.MACHINE))
def test_fatal_call(name: str, jail: NamespaceSandbox) -> None:
    number = syscalls.numbers(syscalls.FATAL, corpus.MACHINE)[name]
    assert _call(jail, number) is Ending.FORBIDDEN


def test_a_harmless_call_is_not_fatal(jail: NamespaceSandbox) -> None:
    number = syscalls.numbers(syscalls.ALLOWED, corpus.MACHINE)["getpid"]
    assert _call(jail, number) is Ending.EXITED


@pytest.fixture
def open_folder() -> Iterator[Path]:
    """A folder that any user can reach (pytest's own are for their owner only)."""
    with tempfile.TemporaryDirectory(dir="/var/tmp") as folder:
        Path(folder).chmod(0o755)
        yield Path(folder)


@pytest.mark.parametrize(
    "how",
    ["", "landlock=0", "landlock=1"],
    ids=["ordinary_user", "landlock_user", "landlock_abi_1"],
)
def test_as_an_ordinary_user_below_a_private_home(open_folder: Path, how: str) -> None:
    if how:
        landlock_or_skip()
    with ordinary_home(open_folder) as home:
        python = str(home / "bin" / "python")
        words = [how] * bool(how) + ["all"] * is_whole()
        done = run_as_ordinary_user(home, "-m", "tests.hostile.corpus", python, *words)
        left = list((home / "tmp").iterdir())
    assert (done.returncode, done.stdout) == (0, "0 wrong\n"), done.stderr
    assert left == []
