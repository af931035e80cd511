"""The sandbox in both ways that a machine may offer it, each started once for all these tests.

And closed after them: in version 1 of control groups each holds some hundred descriptors.
"""

from collections.abc import Iterator

import pytest

from tests.support.jails import started_sandbox
from worker.sandbox.namespaces import NamespaceSandbox


@pytest.fixture(scope="package")
def groups() -> Iterator[NamespaceSandbox]:
    with started_sandbox(groups=True) as sandbox:
        yield sandbox


@pytest.fixture(scope="package")
def no_groups() -> Iterator[NamespaceSandbox]:
    with started_sandbox(groups=False) as sandbox:
        yield sandbox


@pytest.fixture(params=["groups", "no_groups"])
def jail(request: pytest.FixtureRequest) -> NamespaceSandbox:
    """With control groups, and without."""
    sandbox: NamespaceSandbox = request.getfixturevalue(request.param)
    return sandbox
