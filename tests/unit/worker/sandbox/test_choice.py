"""Which sandbox is chosen if no engine answers, and the reason that is given."""

import errno
import platform
import subprocess
import sys
from pathlib import Path

import pytest

from tests.support.jails import PROJECT, landlock_or_skip, runner_python
from tests.support.missing import missing
from worker.sandbox.base import SandboxError
from worker.sandbox.choice import FOR_WHOM, Backend, Choice, choose, why_no_namespaces
from worker.sandbox.seccomp import filters

_NUMBERS = {
    "unshare": {"x86_64": 272, "aarch64": 97},
    "landlock_create_ruleset": {"x86_64": 444, "aarch64": 444},
}
_IN_A_CONTAINER = """
import sys
from runner import linux
from worker.sandbox.base import SandboxError
from worker.sandbox.choice import choose
linux.set_no_new_privileges()
linux.install_filter(bytes.fromhex(sys.argv[1]))
try:
    choice = choose(sys.argv[2], "runc", None, sys.argv[3])
    print(choice.backend, choice.why)
except SandboxError as error:
    print(error)
"""


@pytest.fixture(autouse=True)
def _no_engine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DOCKER_HOST", f"unix://{tmp_path}/none.sock")


def test_namespaces_are_taken_when_asked_for() -> None:
    _namespaces_or_skip()
    assert choose("namespaces", "runc", None, runner_python()).backend is Backend.NAMESPACES


def test_auto_takes_namespaces_without_an_engine() -> None:
    _namespaces_or_skip()
    choice = choose("auto", "runc", None, runner_python())
    assert choice.backend is Backend.NAMESPACES
    assert "no engine answers" in choice.why


def test_docker_is_refused_without_an_engine() -> None:
    with pytest.raises(SandboxError, match="no engine answers"):
        choose("docker", "runc", None, runner_python())


@pytest.mark.parametrize("wanted", ["auto", "docker"])
def test_fork_servers_that_run_already_are_joined(wanted: str, tmp_path: Path) -> None:
    why = f"SHOUSI_SANDBOX_DIR names fork servers, in {tmp_path}"
    assert choose(wanted, "runc", tmp_path, runner_python()) == Choice(Backend.JOINED, why)


def test_landlock_says_which_walls_are_missing() -> None:
    abi = landlock_or_skip()
    choice = choose("landlock", "runc", None, runner_python())
    assert (choice.backend, choice.landlock_abi) == (Backend.LANDLOCK, abi)
    assert FOR_WHOM in choice.warning
    assert "no process, network or mount namespace" in choice.warning


@pytest.mark.parametrize("wanted", ["auto", "namespaces", "landlock"])
def test_an_interpreter_that_is_not_there_comes_with_its_fix(wanted: str) -> None:
    with pytest.raises(SandboxError, match="SHOUSI_RUNNER_PYTHON"):
        choose(wanted, "runc", None, "/no/such/python")


def test_where_nothing_works_it_says_why_and_what_to_do() -> None:
    said = _without("unshare", "landlock_create_ruleset", wanted="auto")
    assert "namespaces: " in said
    assert "user.max_user_namespaces" in said
    assert "landlock: the container's system call filter forbids Landlock" in said


def test_auto_takes_landlock_where_namespaces_are_forbidden() -> None:
    landlock_or_skip()
    assert _without("unshare", wanted="auto").startswith("landlock no namespaces can be had: ")


def _namespaces_or_skip() -> None:
    if refusal := why_no_namespaces(runner_python()):
        missing(f"namespaces: {refusal}")


def _without(*forbidden: str, wanted: str) -> str:
    """Return the choice, or the error, in a process whose filter forbids these calls, as a
    container's filter does.
    """
    filter_ = filters.Assembler()
    filter_.start(platform.machine())
    for name in forbidden:
        filter_.rule(_NUMBERS[name][platform.machine()], filters.refuse(errno.EPERM))
    command = [sys.executable, "-c", _IN_A_CONTAINER, filter_.finish().hex(), wanted]
    done = subprocess.run(
        [*command, runner_python()], cwd=PROJECT, capture_output=True, text=True, check=True
    )
    return done.stdout
