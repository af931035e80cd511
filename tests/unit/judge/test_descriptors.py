"""The services raise their limit of open descriptors to the hard limit."""

import os
import resource
from collections.abc import Iterator
from pathlib import Path

import pytest

from judge.descriptors import raise_descriptor_limit
from judge.limits import Limits
from tests.support.jails import started_sandbox
from tests.unit.worker.sandbox.test_nothing_left import processes_below
from worker.sandbox.base import Program, Runtime


@pytest.fixture
def hard_limit() -> Iterator[int]:
    """The hard limit, while the soft one is low: some more than the tests themselves hold."""
    before = resource.getrlimit(resource.RLIMIT_NOFILE)
    few = 512 + max(int(path.name) for path in Path("/proc/self/fd").iterdir())
    assert few < before[1]
    resource.setrlimit(resource.RLIMIT_NOFILE, (few, before[1]))
    yield before[1]
    resource.setrlimit(resource.RLIMIT_NOFILE, before)


def test_the_soft_limit_becomes_the_hard_one(hard_limit: int) -> None:
    raise_descriptor_limit()
    assert resource.getrlimit(resource.RLIMIT_NOFILE) == (hard_limit, hard_limit)


@pytest.mark.usefixtures("hard_limit")
def test_host_and_fork_servers(hard_limit: int) -> None:
    before = processes_below(os.getpid())
    with started_sandbox(groups=False) as sandbox:
        sandbox.run(Program(Runtime.PYTHON, {"a.py": b""}, ("a.py",)), b"", Limits())
        ours = [one for one in processes_below(os.getpid()) - before if _is_trusted(one)]
        soft = {_soft_limit(one) for one in ours}
    assert len(ours) > 2
    assert soft == {hard_limit}


def _is_trusted(pid: int) -> bool:
    """Whether it is the host or a fork server: those in jails are in a namespace of their own."""
    status = Path(f"/proc/{pid}/status").read_text()
    return len(status.partition("NSpid:")[2].splitlines()[0].split()) < 3


def _soft_limit(pid: int) -> int:
    return resource.prlimit(pid, resource.RLIMIT_NOFILE)[0]
