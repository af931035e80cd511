from collections.abc import Iterator

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


@pytest.fixture(scope="package")
def judgings(request: pytest.FixtureRequest, sandbox: Sandbox) -> Iterator[Judgings]:
    """The selected cases' judgings."""
    specs = [getattr(item, "callspec", None) for item in request.session.items]
    values = [spec.params.get("case") for spec in specs if spec]
    judging = Judgings(sandbox, [value for value in values if isinstance(value, Case)])
    yield judging
    judging.close()
