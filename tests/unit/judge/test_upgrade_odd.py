"""Databases with unusual rows are brought up to date: nothing is lost, and work goes on."""

from contextlib import closing
from pathlib import Path

import pytest
from sqlalchemy import select, update

from judge.accounts.users import create_admin
from judge.boards.rebuild import rebuild
from judge.db.migrate import upgrade
from judge.db.models import Base, Judging, User
from judge.db.session import Database
from judge.interviews import sittings
from judge.states import State
from judge.submissions import rejudges
from judge.submissions.lifecycle import read_submission
from judge.webhooks import hooks
from judge.webhooks.hooks import EventKind, HookPlan
from tests.support.content import add_problem, add_user, submit, sure_claim
from tests.support.migrated import write_database
from tests.support.older_schemas import Rows, fill, rows_of
from tests.support.sittings import add_interview
from tests.unit.judge.boards.test_keeping import contents
from tests.unit.judge.test_all_at_once import SLUGS, URL, Crowd, judge_the_rest

# The first schema, one from the middle, and that of release 0.2.0.
OLD = ("0001", "0012", "0020")
ACTS = 250


@pytest.fixture(scope="module")
def odd(tmp_path_factory: pytest.TempPathFactory) -> Rows:
    """What many random acts have left, such as banned and deleted users, guests, teams, withdrawn
    problems and messages to webhooks; and what is in the middle of something."""
    path: Path = tmp_path_factory.mktemp("odd") / "new.db"
    write_database(path)
    with closing(Database(f"sqlite:///{path}")) as db:
        for slug in SLUGS:
            add_problem(db, slug)
        admin = create_admin(db, "boss").id
        for number in range(4):
            add_user(db, f"user{number}")
        Crowd(db, admin, seed=3).act(ACTS)
        user = add_user(db, "n" * 2000)
        hooks.create_hook(db, user, HookPlan(URL, [EventKind.ACCEPTED]))
        _, previews = rejudges.begin(db, SLUGS[0], admin)
        assert previews
        sure_claim(db, previews[0].judging_id, worker="killed")
        sure_claim(db, submit(db, user, slug=SLUGS[1]).judging_id, worker="killed")
        # Nothing is sent in it: the oldest schemas know no interviews.
        sittings.start(db, user, add_interview(db, SLUGS[:2]))
        with db.write() as session:
            texts = update(Judging).where(Judging.state == State.DONE)
            session.execute(texts.values(message="界" * 5000, difference=None, diagnosis=None))
        return rows_of(db)


@pytest.mark.parametrize("revision", OLD)
def test_unusual_rows_are_upgraded_and_worked_on(
    database_url: str, revision: str, odd: Rows
) -> None:
    with closing(Database(database_url)) as db:
        upgrade(db, revision)
        stored = fill(db, odd)
        upgrade(db)
        with db.read() as session:
            for name, held in stored.items():
                table = Base.metadata.tables[name]
                found = [dict(row) for row in session.execute(select(table)).mappings()]
                assert len(found) == len(held), name
                for row in held:
                    assert row in [{key: one[key] for key in row} for one in found], name
            people = session.scalars(select(User.id)).all()
        for submission in odd["submission"]:
            assert read_submission(db, submission["id"]) is not None
        for person in people:
            sittings.list_sittings(db, person)
        for rejudge in rejudges.list_rejudges(db):
            assert rejudges.read_rejudge(db, rejudge.id) is not None
        rebuild(db)
        judge_the_rest(db)
        kept = contents(db)
        rebuild(db)
        assert contents(db) == kept
