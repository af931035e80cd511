"""The sandbox with and without control groups, each started once for all these tests.

They are closed after the tests: with control groups of version 1 each holds some hundred
descriptors.
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
