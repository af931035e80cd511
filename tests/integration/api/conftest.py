"""One broker and one API for all tests here; each test makes users of its own."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from judge.settings import Settings
from tests.integration.api.service import Account, Service, serving
from tests.support.databases import settings_of


@pytest.fixture(scope="session")
def settings(tmp_path_factory: pytest.TempPathFactory) -> Settings:
    home: Path = tmp_path_factory.mktemp("api")
    return settings_of(home, admin_password="correct horse", log_level="warning")


@pytest.fixture(scope="session")
def service(settings: Settings) -> Iterator[Service]:
    with serving(settings) as service:
        yield service


@pytest.fixture
def ada(service: Service) -> Account:
    return service.account()


@pytest.fixture
def eve(service: Service) -> Account:
    return service.account()


@pytest.fixture
def boss(service: Service) -> Account:
    return service.account("admin")
