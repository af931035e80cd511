"""Fixtures for all tests."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import make_url
from xdist.scheduler import LoadScopeScheduling

from judge.db.migrate import upgrade
from judge.db.session import Database
from tests.support.migrated import write_database
from tests.support.missing import missing
from tests.support.postgres import PostgresMissingError, PostgresServer

_TESTS = Path(__file__).parent
_SHARED = {"browser", "e2e", "packages"}
# The first parameter of a test: of the corpus its backend.
_FIRST = re.compile(r"\[([a-z_]+)")


class _Together(LoadScopeScheduling):
    """Gives tests that share something slow to start to one process of `make test`: a whole
    folder's sandbox or service, of the corpus a backend's, else a file's."""

    def _split_scope(self, nodeid: str) -> str:
        file, _, test = nodeid.partition("::")
        folder = Path(file).relative_to("tests").parts[0]
        if folder == "hostile":
            first = _FIRST.search(test)
            return f"{file} {first[1] if first else ''}"
        if folder == "integration":
            return str(Path(file).parent)
        return folder if folder in _SHARED else file


def pytest_xdist_make_scheduler(config: pytest.Config, log: object) -> LoadScopeScheduling:
    """Deal tests out as `_Together` says."""
    return _Together(config, log)  # type: ignore[arg-type] # its type is xdist's own


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
def migrated_database(postgres: PostgresServer) -> str:
    """The name of a migrated PostgreSQL database with nothing in it, to be copied."""
    url = postgres.new_database()
    database = Database(url)
    upgrade(database)
    database.close()
    return make_url(url).database or ""


@pytest.fixture(params=["sqlite", "postgres"])
def db(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Database]:
    """A migrated database, once of each kind."""
    if request.param == "sqlite":
        path = tmp_path / "test.db"
        write_database(path)
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
