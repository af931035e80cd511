"""The sandbox in both ways that a machine may offer it."""

from collections.abc import Iterator

import pytest

from tests.support.jails import started_sandbox
from worker.sandbox.namespaces import NamespaceSandbox


@pytest.fixture(scope="module", params=["groups", "no_groups"])
def jail(request: pytest.FixtureRequest) -> Iterator[NamespaceSandbox]:
    """With control groups, and without."""
    with started_sandbox(groups=request.param == "groups") as sandbox:
        yield sandbox
