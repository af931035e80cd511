from collections.abc import Iterator
from typing import cast

import pytest

from judge.settings import get_settings
from tests.packages.data import Case
from tests.packages.judging import Judgings
from worker.sandbox.base import Sandbox
from worker.sandbox.namespaces import start_sandbox


@pytest.fixture(scope="package")
def sandbox() -> Iterator[Sandbox]:
    """The real jail, as a worker starts it."""
    started = start_sandbox(str(get_settings().runner_python.absolute()))
    yield started
    started.close()


@pytest.fixture(scope="module")
def judgings(request: pytest.FixtureRequest, sandbox: Sandbox) -> Iterator[Judgings]:
    """The judgings that this module's selected tests ask for, in their order.

    Other modules' may run in another process, so they are not judged here.
    """
    asking = [
        cast("Case", item.callspec.params["case"])
        for item in request.session.items
        if isinstance(item, pytest.Function)
        and item.module is request.module
        and "judgings" in item.fixturenames
    ]
    judging = Judgings(sandbox, asking)
    yield judging
    judging.close()
