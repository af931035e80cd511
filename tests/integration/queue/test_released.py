"""This release continues with the data of each earlier release: the backups in `released/`.
`tests.support.released` makes them, and tells what was done in them.
"""

from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest
from sqlalchemy import select

from cli.backup import restore
from judge.boards.rebuild import rebuild
from judge.boards.views import read_board, read_team_board
from judge.boards.windows import set_window
from judge.db.migrate import schema_of, upgrade
from judge.db.models import Submission, User
from judge.db.session import Database
from judge.operating import resume
from judge.settings import Settings
from judge.states import Purpose
from judge.teams.membership import find_team
from judge.teams.practice import list_practice
from judge.verdict import Verdict
from tests.support.older_schemas import fill, rows_of
from tests.support.released import BACKUPS, FUNCTION, QUIZ
from tests.support.stack import Stack

FILES = sorted(BACKUPS.glob("*.zip"))


@pytest.fixture(params=FILES, ids=[file.stem for file in FILES])
def released(request: pytest.FixtureRequest, tmp_path: Path, database_url: str) -> Settings:
    """A home with what a release has left. The backups are of SQLite; for PostgreSQL their rows are
    stored in the schema that the release gave PostgreSQL."""
    home = tmp_path / "home"
    settings = Settings(home=home, database_url=f"sqlite:///{home}/shousi.db")
    schema = restore(settings, request.param).schema
    if database_url.startswith("sqlite"):
        return settings
    with closing(Database(settings.database_url)) as old, closing(Database(database_url)) as new:
        upgrade(new, schema)
        assert schema_of(old) == schema_of(new)
        fill(new, rows_of(old))
    return Settings(home=home, database_url=database_url)


@pytest.fixture
def stack(released: Settings) -> Iterator[Stack]:
    """A broker and the database, brought up to date; no worker yet."""
    stack = Stack(released.home, released.database_url)
    stack.broker.start_and_wait()
    try:
        upgrade(stack.db)
        yield stack
    finally:
        stack.stop()


def test_what_a_release_has_stored_is_served_on(stack: Stack) -> None:
    users = _users(stack.db)
    kept = [stack.view(id) for id in _submissions(stack.db, users["ann"])]
    found = {(one.problem, one.verdict) for one in kept}
    assert {(FUNCTION, Verdict.AC), (FUNCTION, Verdict.WA), (QUIZ, Verdict.AC)} <= found
    assert all(one.tests for one in kept if one.verdict is Verdict.AC)
    *_, waiting = _submissions(stack.db, users["bob"])
    assert stack.view(waiting).state == "queued"
    team = find_team(stack.db, "tuesday-group", users["bob"], is_admin=False)
    (week_one,) = list_practice(stack.db, team)
    window = set_window(week_one.id, week_one.starts_at, week_one.ends_at)
    rows = read_team_board(stack.db, window, team.id, week_one.problems).rows
    assert [(row.user, row.num_solved) for row in rows] == [("ann", 2), ("bob", 1)]

    stack.start_worker()
    resume(stack.db, by=users["admin"])
    assert stack.done(waiting).verdict is Verdict.AC
    rebuild(stack.db)
    assert [row.user for row in read_board(stack.db).rows] == ["ann", "bob"]


def _users(db: Database) -> dict[str, str]:
    with db.read() as session:
        return dict(session.execute(select(User.name, User.id)).all())


def _submissions(db: Database, user_id: str) -> list[str]:
    """Oldest first; no runs."""
    mine = select(Submission.id).where(
        Submission.user_id == user_id, Submission.purpose == Purpose.SUBMISSION
    )
    with db.read() as session:
        return list(session.scalars(mine.order_by(Submission.created_at)))
