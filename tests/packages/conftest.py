from collections.abc import Iterator

import pytest

from judge.settings import get_settings
from worker.sandbox.base import Sandbox
from worker.sandbox.namespaces import start_sandbox


@pytest.fixture(scope="session")
def sandbox() -> Iterator[Sandbox]:
    """The real jail, as a worker starts it."""
    started = start_sandbox(str(get_settings().runner_python.absolute()))
    yield started
    started.close()
