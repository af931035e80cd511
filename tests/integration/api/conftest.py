"""One broker and one API for all tests here; each test makes users of its own."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from judge.settings import Settings
from tests.integration.api.service import Account, Service, prepared, running, serving
from tests.support.databases import settings_of
from tests.support.postgres import PostgresServer


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


@pytest.fixture(scope="module")
def over_postgres(
    settings: Settings, service: Service, postgres: PostgresServer
) -> Iterator[Service]:
    """The same over PostgreSQL, whichever database the other tests use."""
    assert service.settings is settings  # its broker is used here, too
    chosen = settings.model_copy(update={"database_url": postgres.new_database()})
    prepared(chosen)
    with running(chosen) as (_, url):
        other = Service(chosen, url)
        yield other
        other.close()
