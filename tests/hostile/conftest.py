"""The sandbox in which the hostile corpus runs, in each form that this machine supports."""

from collections.abc import Iterator

import pytest

from tests.hostile.corpus import HERE, Case
from tests.support.jails import started_docker_sandbox, started_landlock_sandbox, started_sandbox
from tests.support.whole import is_quick, is_whole
from worker.sandbox.namespaces import NamespaceSandbox

_BACKENDS = (
    "groups",
    "no_groups",
    "docker",
    "docker_no_groups",
    "single_use",
    "single_use_no_groups",
    "landlock",
)
# These keep a submission in by different means. In a container it is the jail of `groups` again,
# inside other walls and with groups in another place.
_IN_FULL = ("groups",) if is_quick() else ("groups", "landlock")
_COUNTING = ("docker",) if is_quick() else ("no_groups", "docker")
# Both differences have been seen by then, each alone; and torch, which takes long to start anew, in
# all of the others.
_TWICE_REMOVED = ("docker_no_groups", "single_use_no_groups")
# All of them use the same filter; a few calls show that it is installed.
_FILTERED_IN_FULL = "groups"
_TELLING_CALLS = ("ptrace", "unshare", "bpf", "mount", "keyctl")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """For backends that differ little from others, run only the cases that show the difference.

    With SHOUSI_WHOLE_CORPUS=1 (for the table in the docs) everything.
    """
    if not is_whole():
        items[:] = [item for item in items if item.path.parent != HERE or _is_telling(item)]


def _is_telling(item: pytest.Item) -> bool:
    callspec = getattr(item, "callspec", None)
    values = callspec.params if callspec is not None else {}
    if "backend" not in values:
        return True
    backend, case = values["backend"], values.get("case")
    if isinstance(case, Case):
        # If the restrictions are the same, only the counting of time and memory differs.
        counted = bool({case.verdict, case.without} & {"TLE", "MLE"})
        if backend in _TWICE_REMOVED:
            return case.everywhere and counted and case.how != "torch"
        return backend in _IN_FULL or case.everywhere or (backend in _COUNTING and counted)
    name = values.get("name", _TELLING_CALLS[0])
    return backend == _FILTERED_IN_FULL or name in _TELLING_CALLS


@pytest.fixture(scope="module", params=_BACKENDS)
def backend(request: pytest.FixtureRequest) -> str:
    """Each way to run, once with control groups and once without."""
    return str(request.param)


@pytest.fixture(scope="module")
def jail(backend: str) -> Iterator[NamespaceSandbox]:
    """The real sandbox."""
    groups = not backend.endswith("no_groups")
    if backend == "landlock":
        started = started_landlock_sandbox()
    elif backend in ("groups", "no_groups"):
        started = started_sandbox(groups=groups)
    else:
        started = started_docker_sandbox(groups=groups, nested=backend.startswith("docker"))
    with started as sandbox:
        yield sandbox
