"""A database that is full, locked or down."""

import os
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import event

from judge.db.migrate import upgrade
from judge.db.session import Database
from judge.errors import UnavailableError
from judge.submissions.lifecycle import list_submissions
from judge.verdict import Verdict
from tests.support.content import add_problem, add_user, kinds, submit
from tests.support.postgres import PostgresServer
from tests.support.stack import ROOT, running_stack, wait_until


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "test.db"


@pytest.fixture
def db(path: Path) -> Iterator[Database]:
    database = Database(f"sqlite:///{path}")
    # The ordinary half minute of patience is longer than a test has.
    event.listen(database.engine, "connect", lambda raw, _: raw.execute("PRAGMA busy_timeout=100"))
    upgrade(database)
    yield database
    database.close()


@pytest.fixture
def user(db: Database) -> str:
    add_problem(db)
    return add_user(db)


def test_a_full_disk_stores_nothing_and_says_so(db: Database, user: str) -> None:
    event.listen(db.engine, "begin", lambda c: c.exec_driver_sql("PRAGMA max_page_count=1"))
    with pytest.raises(UnavailableError, match="full"):
        submit(db, user, "x" * 1_000_000, key="k")
    assert list_submissions(db).items == ()
    event.listen(db.engine, "begin", lambda c: c.exec_driver_sql("PRAGMA max_page_count=1000000"))
    sent = submit(db, user, "x" * 1_000_000, key="k")
    assert sent.created
    assert kinds(db, sent.id) == ["queued"]


def test_a_locked_database_stores_nothing_and_says_so(db: Database, path: Path, user: str) -> None:
    other = sqlite3.connect(path, isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    with pytest.raises(UnavailableError, match="locked"):
        submit(db, user, key="k")
    other.execute("ROLLBACK")
    other.close()
    assert submit(db, user, key="k").created


def test_reading_goes_on_beside_a_writer(db: Database, path: Path, user: str) -> None:
    other = sqlite3.connect(path, isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    assert list_submissions(db).items == ()
    other.execute("ROLLBACK")
    other.close()


def test_many_processes_write_at_once(tmp_path: Path) -> None:
    """8 processes with 500 write transactions each: none is told that it is locked."""
    url = f"sqlite:///{tmp_path}/test.db"
    program = (
        "import sys\n"
        "from judge.db.migrate import upgrade\n"
        "from judge.db.models import Blob\n"
        "from judge.db.session import Database\n"
        "from judge import blobs\n"
        "db = Database(sys.argv[1])\n"
        "upgrade(db)\n"
        "for number in range(500):\n"
        "    with db.write() as session:\n"
        "        blobs.put(db, session, f'{sys.argv[2]}-{number}'.encode())\n"
    )
    writers = [
        subprocess.Popen(
            [sys.executable, "-c", program, url, str(number)],
            cwd=ROOT,
            env={"PATH": os.environ["PATH"], "PYTHONPATH": str(ROOT)},
            stderr=subprocess.PIPE,
        )
        for number in range(8)
    ]
    complaints = [writer.communicate()[1].decode() for writer in writers]
    assert complaints == [""] * 8
    stored = sqlite3.connect(tmp_path / "test.db")
    assert stored.execute("SELECT count(*) FROM blob").fetchone() == (4000,)
    stored.close()


def test_postgres_away_for_a_while(postgres: PostgresServer, tmp_path: Path) -> None:
    with running_stack(tmp_path, postgres.new_database(), lease_s=6.0) as stack:
        worker = stack.start_worker()
        early = stack.submit("sleep:1")
        wait_until(lambda: bool(stack.starts(early.judging_id)), "the judging to begin")
        postgres.pause()
        try:
            with pytest.raises(UnavailableError):
                stack.store(key="k")
            with pytest.raises(UnavailableError):
                stack.store(key="k")
        finally:
            postgres.resume()
        first, again = stack.store(key="k"), stack.store(key="k")
        assert (first.id, first.created, again.created) == (again.id, True, False)
        assert stack.done(first.id).verdict is Verdict.AC
        assert stack.done(early.id).verdict is Verdict.AC
        assert worker.poll() is None
