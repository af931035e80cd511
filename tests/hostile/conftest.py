"""The sandbox that the hostile corpus runs in, in each way that this machine offers."""

from collections.abc import Iterator

import pytest

from tests.support.jails import started_docker_sandbox, started_sandbox
from worker.sandbox.namespaces import NamespaceSandbox

_GROUPS = {"groups": True, "no_groups": False, "docker": True, "docker_no_groups": False}


@pytest.fixture(scope="module", params=_GROUPS)
def jail(request: pytest.FixtureRequest) -> Iterator[NamespaceSandbox]:
    """The real sandbox: each backend, once with control groups and once without."""
    start = started_docker_sandbox if "docker" in request.param else started_sandbox
    with start(groups=_GROUPS[request.param]) as sandbox:
        yield sandbox
