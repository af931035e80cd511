"""Fixtures for all tests."""

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import make_url

from judge.db.migrate import upgrade
from judge.db.session import Database
from tests.support.missing import missing
from tests.support.postgres import PostgresMissingError, PostgresServer

_TESTS = Path(__file__).parent
_SHARED = {"e2e", "hostile", "packages"}


@pytest.hookimpl(tryfirst=True)  # before the groups are looked at
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Keep together in one process of `make test` what shares something slow to start: a whole
    folder's sandbox or service, else a file's."""
    for item in items:
        place = item.path.relative_to(_TESTS)
        together = place.parts[0] if place.parts[0] in _SHARED else str(place)
        if place.parts[0] == "integration":
            together = str(place.parent)
        callspec = getattr(item, "callspec", None)
        if callspec is not None and "backend" in callspec.params:
            together += f" {callspec.params['backend']}"
        item.add_marker(pytest.mark.xdist_group(together))


@pytest.fixture(scope="session")
def postgres() -> Iterator[PostgresServer]:
    """A PostgreSQL server; the test is left out where there is none."""
    try:
        server = PostgresServer()
    except PostgresMissingError as error:
        missing(f"PostgreSQL: {error}")
    server.start()
    yield server
    server.close()


@pytest.fixture(params=["sqlite", "postgres"])
def database_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """An empty database, once of each kind."""
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path}/test.db"
    server: PostgresServer = request.getfixturevalue("postgres")
    return server.new_database()


@pytest.fixture(scope="session")
def migrated_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A migrated SQLite database with nothing in it, to be copied."""
    path = tmp_path_factory.mktemp("migrated") / "test.db"
    _migrate(f"sqlite:///{path}")
    return path


@pytest.fixture(scope="session")
def migrated_database(postgres: PostgresServer) -> str:
    """The name of a migrated PostgreSQL database with nothing in it, to be copied."""
    url = postgres.new_database()
    _migrate(url)
    return make_url(url).database or ""


@pytest.fixture(params=["sqlite", "postgres"])
def db(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Database]:
    """A migrated database, once of each kind."""
    if request.param == "sqlite":
        path = tmp_path / "test.db"
        shutil.copy(request.getfixturevalue("migrated_file"), path)
        database = Database(f"sqlite:///{path}")
        yield database
        database.close()
        return
    template: str = request.getfixturevalue("migrated_database")
    server: PostgresServer = request.getfixturevalue("postgres")
    url = server.new_database(template)
    database = Database(url)
    yield database
    database.close()
    server.drop_database(url)


def _migrate(url: str) -> None:
    database = Database(url)
    upgrade(database)
    database.close()
