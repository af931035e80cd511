"""A database that an older release has filled is migrated, and the service continues with it."""

from contextlib import closing
from pathlib import Path

import pytest
from sqlalchemy import select

from judge.boards.rebuild import rebuild
from judge.boards.views import read_board
from judge.db.migrate import check_schema, schema_of, upgrade
from judge.db.models import Base
from judge.db.session import Database
from judge.errors import ShousiError
from judge.submissions import lifecycle
from judge.submissions.lifecycle import Progress, read_submission
from judge.verdict import Verdict
from tests.support.content import (
    add_problem,
    add_user,
    one_result,
    submit,
    sure_claim,
    verdict,
)
from tests.support.migrated import write_database
from tests.support.older_schemas import Rows, fill, rows_of

# The first schema, two from the middle, and the one before the newest. Checkouts before the first
# release had any of them.
OLD = ("0001", "0012", "0017", "0019")


@pytest.fixture(scope="module")
def kept(tmp_path_factory: pytest.TempPathFactory) -> tuple[Rows, str, str]:
    """What a service has that is used: all rows by table, an accepted submission, and one that
    waits."""
    path: Path = tmp_path_factory.mktemp("upgrade") / "new.db"
    write_database(path)
    with closing(Database(f"sqlite:///{path}")) as db:
        add_problem(db)
        user = add_user(db)
        done, waiting = submit(db, user), submit(db, user)
        progress = Progress(total=1, results={1: one_result()})
        assert lifecycle.finish(db, sure_claim(db, done.judging_id), verdict(), progress)
        return rows_of(db), done.id, waiting.id


@pytest.mark.parametrize("revision", OLD)
def test_what_an_older_release_stored_is_served_on(
    database_url: str, revision: str, kept: tuple[Rows, str, str]
) -> None:
    rows, done, waiting = kept
    with closing(Database(database_url)) as db:
        upgrade(db, revision)
        stored = fill(db, rows)
        assert len(stored["submission"]) == 2
        with pytest.raises(ShousiError, match=f"schema {revision}, .*shousi admin prepare"):
            check_schema(db, is_current=True)

        upgrade(db)

        check_schema(db, is_current=True)
        with db.read() as session:
            for name, held in stored.items():
                table = Base.metadata.tables[name]
                found = [dict(row) for row in session.execute(select(table)).mappings()]
                for row in held:
                    # New columns have their defaults; the old values are unchanged.
                    same = [{key: one[key] for key in row} for one in found]
                    assert row in same, name
        view = read_submission(db, done)
        assert view is not None
        assert (view.verdict, [one.name for one in view.tests]) == (Verdict.AC, ["01-sample"])
        queued = read_submission(db, waiting)
        assert queued is not None
        assert queued.state == "queued"
        assert lifecycle.finish(db, sure_claim(db, queued.judging_id), verdict())
        rebuild(db)
        assert [(row.user, row.num_solved) for row in read_board(db).rows] == [("ann", 1)]


def test_a_newer_release_s_database_is_left_alone(database_url: str) -> None:
    with closing(Database(database_url)) as db:
        upgrade(db)
        with db.write() as session:
            session.connection().exec_driver_sql("UPDATE alembic_version SET version_num = '9999'")
        for attempt in (upgrade, lambda db: check_schema(db, is_current=False)):
            with pytest.raises(ShousiError, match=r"newer release \(schema 9999") as caught:
                attempt(db)
            assert "\n" not in str(caught.value)
        assert schema_of(db) == "9999"
