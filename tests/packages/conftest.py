from collections.abc import Iterator

import pytest

from judge.settings import get_settings
from worker.sandbox import start_sandbox
from worker.sandbox.base import Sandbox


@pytest.fixture(scope="session")
def sandbox() -> Iterator[Sandbox]:
    """The real jail, as a worker starts it."""
    started = start_sandbox(get_settings())
    yield started
    started.close()
