"""The sandbox that the hostile corpus runs in."""

from collections.abc import Iterator

import pytest

from tests.support.jails import started_sandbox
from worker.sandbox.namespaces import NamespaceSandbox


@pytest.fixture(scope="module", params=["groups", "no_groups"])
def jail(request: pytest.FixtureRequest) -> Iterator[NamespaceSandbox]:
    """The real sandbox, once with control groups and once without."""
    with started_sandbox(groups=request.param == "groups") as sandbox:
        yield sandbox
