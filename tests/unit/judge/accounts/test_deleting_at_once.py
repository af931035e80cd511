"""Deletions while other transactions use or delete the same rows. Only on PostgreSQL: SQLite has
one writer.
"""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import pytest
from sqlalchemy import select, update

from judge import background_jobs
from judge.accounts import guests, retention
from judge.accounts.leaving import Code, delete_account
from judge.background_jobs import ChoreKind
from judge.db.models import Event, Submission, User
from judge.db.session import Database
from judge.states import Purpose
from judge.submissions import lifecycle, rejudges
from judge.submissions.lifecycle import Progress, Submittal
from tests.support.content import (
    MAX_ATTEMPTS,
    add_problem,
    add_user,
    one_result,
    store,
    submit,
    sure_claim,
    verdict,
)
from tests.support.waiting import begin


@pytest.fixture
def db(postgres_db: Database) -> Database:
    add_problem(postgres_db)
    return postgres_db


def age(db: Database, user_id: str) -> None:
    """Make the user and their submissions old."""
    with db.write() as session:
        session.execute(update(User).where(User.id == user_id).values(created_at=1.0))
        mine = update(Submission).where(Submission.user_id == user_id)
        session.execute(mine.values(created_at=1.0))


def looked_at(db: Database, user_id: str) -> str:
    """Make a rejudge of the user's submission that is ready to be applied."""
    assert lifecycle.finish(db, sure_claim(db, submit(db, user_id).judging_id), verdict())
    rejudge_id, waiting = rejudges.begin(db, "sum", add_user(db, "boss"))
    for one in waiting:
        assert lifecycle.finish(db, sure_claim(db, one.judging_id), verdict())
    return rejudge_id


def test_a_rejudge_is_discarded_while_an_account_is_deleted(db: Database) -> None:
    ann = add_user(db, "ann")
    rejudge_id = looked_at(db, ann)
    with ThreadPoolExecutor() as pool:
        with db.write() as session:
            # The deletion waits here, in the middle.
            session.scalars(select(Event).with_for_update()).all()
            begun = begin(
                db,
                pool,
                lambda: delete_account(db, ann, Code.DELETE),
                lambda: rejudges.discard(db, rejudge_id),
            )
        assert [one.result() for one in begun] == [None, None]


@pytest.mark.parametrize("end", [rejudges.apply, rejudges.discard])
def test_old_guests_are_deleted_while_a_rejudge_ends(
    db: Database, end: Callable[[Database, str], None]
) -> None:
    guest = guests.create_guest(db).id
    rejudge_id = looked_at(db, guest)
    age(db, guest)
    with ThreadPoolExecutor() as pool:
        with db.write() as session:
            session.scalars(select(Submission).with_for_update()).all()
            begun = begin(db, pool, lambda: end(db, rejudge_id), lambda: guests.sweep(db))
        assert [one.result() for one in begun] == [None, 1]


def test_an_account_is_deleted_while_its_old_runs_are(db: Database) -> None:
    ann = add_user(db, "ann")
    sent = store(db, Submittal(ann, "sum", "python3", "pass", Purpose.RUN))
    held = sure_claim(db, sent.judging_id)
    assert lifecycle.finish(db, held, verdict(), Progress(total=1, results={1: one_result()}))
    age(db, ann)
    with ThreadPoolExecutor() as pool:
        with db.write() as session:
            session.scalars(select(Event).with_for_update()).all()
            begun = begin(
                db,
                pool,
                lambda: retention.forget_sent(db, 1.0, Purpose.RUN),
                lambda: delete_account(db, ann, Code.DELETE),
            )
        assert [one.result() for one in begun] == [False, None]


def test_a_chore_is_deleted_while_its_message_is_sent_again(db: Database) -> None:
    with db.write() as session:
        background_jobs.add(db, session, ChoreKind.DIAGNOSIS, "a judging")
    with ThreadPoolExecutor() as pool:
        with db.write() as session:
            background_jobs.forget(session, ChoreKind.DIAGNOSIS, ["a judging"])
            (round_,) = begin(
                db,
                pool,
                lambda: background_jobs.take_back(db, max_attempts=MAX_ATTEMPTS, stale_s=-1),
            )
        assert round_.result() == frozenset()
