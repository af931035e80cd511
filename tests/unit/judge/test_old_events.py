"""Events of submissions that were judged long ago are deleted; their results stay."""

import pytest
from sqlalchemy import update

from judge.db.models import Event
from judge.db.session import Database
from judge.events import forget_old
from judge.submissions import lifecycle as submissions
from judge.submissions.lifecycle import Progress, read_submission
from judge.verdict import Verdict
from tests.support.content import (
    add_problem,
    add_user,
    kinds,
    one_result,
    submit,
    sure_claim,
    verdict,
)

KEPT_S = 100.0


@pytest.fixture
def user(db: Database) -> str:
    add_problem(db)
    return add_user(db)


def judge(db: Database, user: str) -> str:
    """A judged submission's id; it has five events."""
    sent = submit(db, user)
    claim = sure_claim(db, sent.judging_id)
    progress = Progress(compiling=True, total=1, results={1: one_result()})
    assert submissions.finish(db, claim, verdict(), progress)
    return sent.id


def make_old(db: Database, *submission_ids: str) -> None:
    with db.write() as session:
        then = db.now(session) - KEPT_S - 1
        old = Event.submission_id.in_(submission_ids)
        session.execute(update(Event).where(old).values(at=then))


def test_old_events_are_forgotten_and_the_verdict_is_not(db: Database, user: str) -> None:
    old, new = judge(db, user), judge(db, user)
    make_old(db, old)
    assert not forget_old(db, KEPT_S)
    assert kinds(db, old) == []
    assert kinds(db, new) == ["queued", "judging", "compiling", "test", "done"]
    view = read_submission(db, old)
    assert view is not None
    assert (view.verdict, len(view.tests), view.last_event_id) == (Verdict.AC, 1, 0)


def test_so_many_at_a_time_and_the_oldest_first(db: Database, user: str) -> None:
    first, second = judge(db, user), judge(db, user)
    make_old(db, first, second)
    assert forget_old(db, KEPT_S, at_a_time=6)
    assert (kinds(db, first), kinds(db, second)[0]) == ([], "judging")
    assert not forget_old(db, KEPT_S, at_a_time=6)
    assert kinds(db, second) == []


def test_what_is_not_done_keeps_its_events(db: Database, user: str) -> None:
    waiting = submit(db, user)
    make_old(db, waiting.id)
    assert not forget_old(db, KEPT_S)
    assert kinds(db, waiting.id) == ["queued"]


def test_what_is_never_done_keeps_no_old_events_of_others(db: Database, user: str) -> None:
    waiting, done = submit(db, user), judge(db, user)
    make_old(db, waiting.id, done)
    # As many as may be deleted at a time: there may be more.
    assert forget_old(db, KEPT_S, at_a_time=5)
    assert (kinds(db, waiting.id), kinds(db, done)) == (["queued"], [])
