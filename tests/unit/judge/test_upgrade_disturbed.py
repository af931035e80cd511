"""Migrations that are killed, or that meet somebody who holds what they need."""

import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, contextmanager

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import event, text

from judge.db.migrate import schema_of, upgrade
from judge.db.models import Base
from judge.db.session import Database
from judge.errors import UnavailableError
from tests.support.postgres import PostgresServer
from tests.support.stack import wait_until

OLD = "0012"
# Upgrades the database, and kills itself before the statement with this number.
KILLED = """
import itertools, os, signal, sys
from sqlalchemy import event
from judge.db.migrate import upgrade
from judge.db.session import Database

db = Database(sys.argv[1])
numbers = itertools.count(1)

@event.listens_for(db.engine, "before_cursor_execute")
def count(*_):
    if next(numbers) == int(sys.argv[2]):
        os.kill(os.getpid(), signal.SIGKILL)

upgrade(db)
"""


@contextmanager
def impatient(url: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[Database]:
    """A database whose statements wait for a lock a tenth of a second, not ten."""
    options = "-c lock_timeout=100 -c statement_timeout=200"
    monkeypatch.setattr("judge.db.session._POSTGRES_OPTIONS", options)
    with closing(Database(url)) as db:
        yield db


def is_whole(db: Database) -> bool:
    with db.read() as session:
        context = MigrationContext.configure(session.connection())
        return not compare_metadata(context, Base.metadata)


def waits_for_long(db: Database) -> bool:
    """Whether a statement has waited for a lock for longer than `impatient` allows."""
    waiting = (
        "SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock'"
        " AND query_start < clock_timestamp() - interval '0.5 s'"
    )
    with db.read() as session:
        return bool(session.scalar(text(waiting)))


@pytest.mark.parametrize("number", [12, 30, 45])
def test_a_killed_migration_leaves_the_old_schema_and_is_run_again(
    database_url: str, number: int
) -> None:
    with closing(Database(database_url)) as db:
        upgrade(db, OLD)
        command = [sys.executable, "-c", KILLED, database_url, str(number)]
        assert subprocess.run(command, check=False).returncode == -signal.SIGKILL
        assert schema_of(db) == OLD
        upgrade(db)
        assert is_whole(db)


def test_a_migration_waits_for_another_one_as_long_as_that_takes(
    postgres: PostgresServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Two hosts that are upgraded at once, with a large database."""
    url = postgres.new_database()
    begun, may_end = threading.Event(), threading.Event()

    def hold_on(_connection: object, _cursor: object, statement: str, *_: object) -> None:
        if "CREATE TABLE" in statement:
            begun.set()
            may_end.wait()

    with (
        closing(Database(url)) as first,
        closing(Database(url)) as watching,
        impatient(url, monkeypatch) as second,
        ThreadPoolExecutor(2) as pool,
    ):
        event.listen(first.engine, "before_cursor_execute", hold_on)
        try:
            migrates = pool.submit(upgrade, first)
            begun.wait()
            waits = pool.submit(upgrade, second)
            wait_until(lambda: waits.done() or waits_for_long(watching), "it waits")
        finally:
            may_end.set()
        migrates.result()
        waits.result()
        assert is_whole(second)


def test_a_migration_that_meets_a_long_transaction_changes_nothing(
    postgres: PostgresServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It may not wait for long itself: whoever wants the same table waits behind it."""
    url = postgres.new_database()
    with closing(Database(url)) as db, impatient(url, monkeypatch) as migrated:
        upgrade(db, OLD)
        with db.write() as other:
            other.execute(text("SELECT count(*) FROM worker"))
            with pytest.raises(UnavailableError, match="lock timeout"):
                upgrade(migrated)
            assert schema_of(db) == OLD
        upgrade(migrated)
        assert is_whole(migrated)
