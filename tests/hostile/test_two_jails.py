"""No jail can use up a resource that the kernel limits per user: see `two_jails`."""

import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.hostile.two_jails import HOLDERS, complaints
from tests.support.jails import ordinary_home, run_as_ordinary_user, runner_python, started_sandbox
from worker.sandbox.namespaces import NamespaceSandbox


@pytest.fixture(scope="module", params=["groups", "no_groups"])
def sandbox(request: pytest.FixtureRequest) -> Iterator[NamespaceSandbox]:
    with started_sandbox(groups=request.param == "groups") as one:
        yield one


@pytest.mark.parametrize("holder", HOLDERS, ids=lambda path: path.stem)
def test_as_root(sandbox: NamespaceSandbox, holder: Path) -> None:
    assert list(complaints(sandbox, holder, runner_python())) == []


def test_as_an_ordinary_user() -> None:
    with tempfile.TemporaryDirectory(dir="/var/tmp") as folder:
        Path(folder).chmod(0o755)
        with ordinary_home(Path(folder)) as home:
            python = str(home / "bin" / "python")
            done = run_as_ordinary_user(home, "-m", "tests.hostile.two_jails", python)
    assert (done.returncode, done.stdout) == (0, "0 wrong\n"), done.stderr
