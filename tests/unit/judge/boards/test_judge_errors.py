"""A rejudge that fails by the judge's own fault takes nothing away from anybody."""

from collections.abc import Callable

import pytest

from judge.boards.rebuild import rebuild
from judge.boards.views import read_board
from judge.db.session import Database
from judge.problems.progress import ProblemState, read_progress
from judge.submissions import by_hand
from judge.submissions.lifecycle import finish, read_submission, rejudge
from judge.verdict import Verdict
from tests.support.content import add_problem, add_user, submit, sure_claim, verdict

Failure = Callable[[Database, str], None]


def fails(db: Database, submission_id: str) -> None:
    """A rejudge whose verdict is JE."""
    queued = rejudge(db, submission_id)
    assert finish(db, sure_claim(db, queued.judging_id), verdict(Verdict.JE))


def is_cancelled(db: Database, submission_id: str) -> None:
    """A rejudge that an admin stops."""
    rejudge(db, submission_id)
    by_hand.cancel(db, submission_id, by=add_user(db, "admin"))


def score(db: Database) -> int:
    """The only user's, on the board of all time."""
    rows = read_board(db).rows
    return rows[0].score if rows else 0


@pytest.mark.parametrize("failure", [fails, is_cancelled])
@pytest.mark.parametrize(
    ("first", "state"),
    [(Verdict.AC, ProblemState.SOLVED), (Verdict.WA, ProblemState.TRIED)],
)
def test_the_verdict_before_a_failed_rejudge_counts(
    db: Database, failure: Failure, first: Verdict, state: ProblemState
) -> None:
    add_problem(db)
    user_id = add_user(db)
    sent = submit(db, user_id)
    assert finish(db, sure_claim(db, sent.judging_id), verdict(first))
    before = score(db), read_progress(db, user_id)
    failure(db, sent.id)
    shown = read_submission(db, sent.id)
    assert shown is not None
    assert shown.verdict is Verdict.JE
    assert (score(db), read_progress(db, user_id)) == before
    assert [one.state for one in before[1].values()] == [state]
    rebuild(db)
    assert (score(db), read_progress(db, user_id)) == before


def test_a_sound_verdict_after_a_failed_rejudge_counts(db: Database) -> None:
    add_problem(db)
    user_id = add_user(db)
    sent = submit(db, user_id)
    assert finish(db, sure_claim(db, sent.judging_id), verdict())
    fails(db, sent.id)
    queued = rejudge(db, sent.id)
    assert score(db) > 0
    assert finish(db, sure_claim(db, queued.judging_id), verdict(Verdict.WA))
    assert score(db) == 0
    rebuild(db)
    assert score(db) == 0


def test_a_failed_first_judging_is_no_try_until_a_rejudge_has_a_verdict(db: Database) -> None:
    add_problem(db)
    user_id = add_user(db)
    sent = submit(db, user_id)
    assert finish(db, sure_claim(db, sent.judging_id), verdict(Verdict.JE))
    fails(db, sent.id)
    assert [one.state for one in read_progress(db, user_id).values()] == [ProblemState.NEW]
    queued = rejudge(db, sent.id)
    assert finish(db, sure_claim(db, queued.judging_id), verdict())
    assert score(db) > 0
    rebuild(db)
    assert score(db) > 0
