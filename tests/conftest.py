"""Fixtures for all tests."""

import gc
import os
import re
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest
from pwdlib import PasswordHash
from pwdlib.hashers.argon2 import Argon2Hasher
from xdist.scheduler import LoadScopeScheduling

from judge.accounts import passwords
from judge.db.migrate import upgrade
from judge.db.session import Database
from tests.support.databases import close_postgres_server, postgres_server
from tests.support.migrated import write_database
from tests.support.missing import ALL
from tests.support.postgres import PostgresServer
from tests.support.whole import LONG, ON_ONE_DATABASE, WHOLE, is_quick, is_thinned_out

# Until all tests are collected nothing but what stays is made: looking for garbage among it, again
# and again, took two fifths of the time that collecting takes.
gc.disable()

_TESTS = Path(__file__).parent
_SHARED = {"browser", "e2e"}
# Its tests share an image that takes minutes to build.
_NOT_BY_BACKEND = "test_ordinary_container.py"
_LAST = "unit"
# What these run is other processes or long computing, which counting lines makes slower still, or
# the same lines for each row of a long table. Nor is a test counted a second time where it runs on
# each kind of database.
_NOT_COUNTED = (
    *("browser/", "e2e/", "faults/", "hostile/", "packages/", "unit/problems/"),
    *("integration/api/test_api_permissions", "integration/pages/test_pages_permissions"),
)
# The first parameter of a test: of the corpus its backend.
_FIRST = re.compile(r"\[([a-z_]+)")


class _Together(LoadScopeScheduling):  # type: ignore[misc] # xdist has no types
    """Gives tests that share something slow to start to one process of `make test`: a whole
    folder's service, of the corpus a backend's sandbox, else a file's."""

    def _split_scope(self, nodeid: str) -> str:
        file, _, test = nodeid.partition("::")
        folder = Path(file).relative_to("tests").parts[0]
        if folder == "hostile" and Path(file).name != _NOT_BY_BACKEND:
            first = _FIRST.search(test)
            return f"{file} {first[1] if first else ''}"
        # Those of the queue start a worker each, and share nothing.
        if folder == "integration" and Path(file).parent.name != "queue":
            return str(Path(file).parent)
        return folder if folder in _SHARED else file


def pytest_xdist_make_scheduler(config: pytest.Config, log: object) -> LoadScopeScheduling:
    """Deal tests out as `_Together` says."""
    return _Together(config, log)


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Leave out of the coverage what would only be slowed down by it, and long tests unless all
    are wanted or their file was asked for. Of the last folder the files with long ones come first:
    at the end all processes are to have something to do."""
    for item in items:
        if _path(item).startswith(_NOT_COUNTED) or "[postgres" in item.nodeid:
            item.add_marker("no_cover")
    asked_for_files = any(".py" in argument for argument in config.args)
    if is_quick() and not asked_for_files:
        seen = Counter[str]()
        left_out = {item for item in items if _is_long(item) or is_thinned_out(seen, _path(item))}
        config.hook.pytest_deselected(items=[*left_out])
        items[:] = [item for item in items if item not in left_out]
    else:
        files = {item.path for item in items if _is_long(item)}
        items.sort(key=lambda item: _folder(item) == _LAST and item.path not in files)


def pytest_collection_finish() -> None:
    """From now on look for garbage, but not among what the tests themselves are, and not again
    after 700 new objects: that took a tenth of these processes' time."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(20_000)
    gc.enable()


def _folder(item: pytest.Item) -> str:
    return item.path.relative_to(_TESTS).parts[0]


def _path(item: pytest.Item) -> str:
    return item.nodeid.removeprefix("tests/")


def _is_long(item: pytest.Item) -> bool:
    path = _path(item)
    return path.startswith(LONG) or (path.startswith(ON_ONE_DATABASE) and "[postgres" in path)


def pytest_unconfigure() -> None:
    """End what the tests of this process shared."""
    close_postgres_server()


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Say what was not run."""
    if is_quick():
        said = f"long tests and parts of the corpora. {ALL}=1 runs all, {WHOLE}=1 every case."
        terminalreporter.write_line(f"Left out: {said}")


@pytest.fixture(autouse=True)
def _usual_umask() -> Iterator[None]:
    """New files can be read by others, as on most machines, whatever a test before has called: our
    programs keep theirs to themselves from their first moment on."""
    before = os.umask(0o022)
    yield
    os.umask(before)


@pytest.fixture(scope="session", autouse=True)
def _cheap_passwords() -> Iterator[None]:
    """Hash passwords in this process at the lowest cost. Real ones cost a tenth of a second of a
    core on purpose; processes that tests start use those."""
    cheap = PasswordHash([Argon2Hasher(time_cost=1, memory_cost=8, parallelism=1)])
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(passwords, "_hasher", lambda: cheap)
        yield


@pytest.fixture(scope="session")
def postgres() -> PostgresServer:
    """A PostgreSQL server; the test is left out where there is none."""
    return postgres_server()


@pytest.fixture(params=["sqlite", "postgres"])
def database_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """An empty database, once of each kind."""
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path}/test.db"
    server: PostgresServer = request.getfixturevalue("postgres")
    return server.new_database()


@pytest.fixture(scope="session")
def migrated_database(postgres: PostgresServer) -> str:
    """The URL of a migrated PostgreSQL database with nothing in it."""
    url = postgres.new_database()
    database = Database(url)
    upgrade(database)
    database.close()
    return url


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
    yield request.getfixturevalue("postgres_db")


@pytest.fixture
def postgres_db(postgres: PostgresServer, migrated_database: str) -> Iterator[Database]:
    """A migrated PostgreSQL database, for what happens between its transactions alone."""
    database = Database(migrated_database)
    yield database
    database.close()
    postgres.empty(migrated_database)
