"""Previews of rejudges: invisible until they are applied, and applied to nothing else."""

from dataclasses import replace

import pytest
from sqlalchemy import select

from judge.background_jobs import claim_next
from judge.boards.forecast import ScoreChange
from judge.boards.views import read_board
from judge.db.background_models import Rejudge
from judge.db.board_models import Judged
from judge.db.models import Judging
from judge.db.session import Database
from judge.errors import ConflictError, NotFoundError
from judge.states import Purpose
from judge.submissions import rejudges
from judge.submissions.lifecycle import Progress, claim, finish, read_submission, record
from judge.submissions.lifecycle import rejudge as rejudge_at_once
from judge.submissions.rejudges import RejudgeView
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


@pytest.fixture
def judged(db: Database) -> list[str]:
    """Two submissions that are accepted by version 1 of the problem, which has a second now."""
    add_problem(db)
    user_id = add_user(db)
    ids = []
    for _ in range(2):
        sent = submit(db, user_id)
        assert finish(db, sure_claim(db, sent.judging_id), verdict())
        ids.append(sent.id)
    submit(db, user_id)  # waits still, and is left alone
    add_problem(db, version=2)
    return ids


def begin(db: Database, *verdicts: Verdict) -> str:
    """Begin a preview, and end its judgings with these verdicts."""
    id_, requeued = rejudges.begin(db, "sum", add_user(db, f"admin{len(verdicts)}"))
    assert {one.purpose for one in requeued} == {Purpose.PREVIEW}
    assert len(requeued) == 2
    for one, ending in zip(requeued, verdicts, strict=False):
        held = sure_claim(db, one.judging_id)
        assert record(db, held, Progress(total=1, results={1: one_result(verdict=ending)}))
        assert finish(db, held, verdict(ending))
    return id_


def view(db: Database, id_: str) -> RejudgeView:
    found = rejudges.read_rejudge(db, id_)
    assert found is not None
    return found


def shown(db: Database, submission_id: str) -> tuple[str | None, int]:
    found = read_submission(db, submission_id)
    assert found is not None
    return found.verdict, found.version


def on_board(db: Database, submission_id: str) -> str:
    with db.read() as session:
        return session.get_one(Judged, submission_id).verdict


def test_a_preview_changes_nothing_that_anybody_sees(db: Database, judged: list[str]) -> None:
    told = [kinds(db, one) for one in judged]
    found = view(db, begin(db, Verdict.AC, Verdict.WA))
    assert (found.total, found.done, found.version, found.stale) == (2, 2, 2, 0)
    assert list(found.counts) == [(Verdict.AC, Verdict.AC, 1), (Verdict.AC, Verdict.WA, 1)]
    (change,) = found.changes
    assert (change.submission, change.before, change.after) == (judged[1], "AC", "WA")
    # Its other submission is still accepted: the score stays.
    assert (found.from_version, found.user, found.board_changes) == (1, "admin2", [])
    assert [shown(db, one) for one in judged] == [("AC", 1), ("AC", 1)]
    assert [on_board(db, one) for one in judged] == ["AC", "AC"]
    assert [kinds(db, one) for one in judged] == told


def test_applied_it_counts(db: Database, judged: list[str]) -> None:
    id_ = begin(db, Verdict.AC, Verdict.WA)
    rejudges.apply(db, id_)
    assert [shown(db, one) for one in judged] == [("AC", 2), ("WA", 2)]
    assert [on_board(db, one) for one in judged] == ["AC", "WA"]
    assert kinds(db, judged[1])[-2:] == ["queued", "done"]
    applied_at = view(db, id_).applied_at
    assert applied_at is not None
    told = kinds(db, judged[1])
    rejudges.apply(db, id_)
    assert (view(db, id_).applied_at, kinds(db, judged[1])) == (applied_at, told)


def test_whose_place_changes_is_known_before_it_counts(db: Database, judged: list[str]) -> None:
    bob = submit(db, add_user(db, "bob"))
    assert finish(db, sure_claim(db, bob.judging_id), verdict(Verdict.WA))
    eve = submit(db, add_user(db, "eve"))
    assert finish(db, sure_claim(db, eve.judging_id), verdict())
    id_, requeued = rejudges.begin(db, "sum", add_user(db, "admin"))
    endings = (Verdict.WA, Verdict.WA, Verdict.AC, Verdict.AC)
    for one, ending in zip(requeued, endings, strict=True):
        assert finish(db, sure_claim(db, one.judging_id), verdict(ending))
    found = view(db, id_)
    assert list(found.board_changes) == [
        ScoreChange("ann", score_before=1, score_after=0, rank_before=1, rank_after=3),
        ScoreChange("bob", score_before=0, score_after=1, rank_before=3, rank_after=1),
    ]
    assert found.num_board_changes == 2
    rejudges.apply(db, id_)
    board = {row.user: (row.rank, row.score) for row in read_board(db).rows}
    assert board == {"eve": (1, 1), "bob": (1, 1), "ann": (3, 0)}
    assert view(db, id_).num_board_changes == 0


def test_the_first_test_that_differs(db: Database, judged: list[str]) -> None:
    sent = submit(db, add_user(db, "bob"))
    held = sure_claim(db, sent.judging_id)
    endings = (Verdict.AC, Verdict.WA, Verdict.TLE)
    before = {i: one_result(f"{i}", verdict=ending) for i, ending in enumerate(endings, 1)}
    assert record(db, held, Progress(total=3, results=before))
    assert finish(db, held, verdict(Verdict.TLE))
    id_, requeued = rejudges.begin(db, "sum", add_user(db, "admin"))
    held = sure_claim(db, requeued[2].judging_id)
    # "0" is new and accepted, "2" fails as before.
    after = {
        1: one_result("0"),
        2: one_result("2", verdict=Verdict.WA),
        3: one_result("3"),
    }
    assert record(db, held, Progress(total=3, results=after))
    assert finish(db, held, verdict(Verdict.WA))
    (change,) = view(db, id_).changes
    assert change.first_test == "3"


def test_it_waits_for_the_last_judging(db: Database, judged: list[str]) -> None:
    id_ = begin(db, Verdict.WA)
    assert (view(db, id_).done, view(db, id_).total) == (1, 2)
    with pytest.raises(ConflictError, match="1 submissions are not judged yet"):
        rejudges.apply(db, id_)
    assert [shown(db, one) for one in judged] == [("AC", 1), ("AC", 1)]


def test_failures_of_the_judge_and_newer_judgings_are_left_out(
    db: Database, judged: list[str]
) -> None:
    id_ = begin(db, Verdict.JE, Verdict.WA)
    newer = rejudge_at_once(db, judged[1])
    assert finish(db, sure_claim(db, newer.judging_id), verdict())
    assert view(db, id_).stale == 2
    rejudges.apply(db, id_)
    assert [shown(db, one) for one in judged] == [("AC", 1), ("AC", 2)]


def test_discarded_it_is_gone_with_what_waits_of_it(db: Database, judged: list[str]) -> None:
    id_, requeued = rejudges.begin(db, "sum", add_user(db, "admin"))
    held = sure_claim(db, requeued[0].judging_id)
    assert record(db, held, Progress(total=2, results={1: one_result()}))
    rejudges.discard(db, id_)
    assert rejudges.read_rejudge(db, id_) is None
    assert not record(db, held, Progress(total=2, results={2: one_result()}))
    assert not finish(db, held, verdict())
    waiting = claim(db, requeued[1].judging_id, worker="w", lease_s=30, max_attempts=3)
    assert waiting is None
    with db.read() as session:
        left = session.scalars(select(Judging.id).where(Judging.purpose == Purpose.PREVIEW)).all()
    assert left == []
    assert [shown(db, one) for one in judged] == [("AC", 1), ("AC", 1)]


@pytest.mark.parametrize("interrupted", [False, True])
def test_what_counts_is_not_discarded(db: Database, judged: list[str], interrupted: bool) -> None:
    id_ = begin(db, Verdict.WA, Verdict.WA)
    rejudges.apply(db, id_)
    if interrupted:  # before its last step
        with db.write() as session:
            session.get_one(Rejudge, id_).applied_at = None
    with pytest.raises(ConflictError, match="count already"):
        rejudges.discard(db, id_)
    assert [shown(db, one) for one in judged] == [("WA", 2), ("WA", 2)]


def test_what_does_not_exist(db: Database) -> None:
    with pytest.raises(NotFoundError):
        rejudges.discard(db, "no")
    assert rejudges.read_rejudge(db, "no") is None
    with pytest.raises(NotFoundError):
        rejudges.apply(db, "no")
    with pytest.raises(NotFoundError):
        rejudges.begin(db, "no", add_user(db))


def test_nobody_looks_for_mistakes_of_what_was_discarded(db: Database, judged: list[str]) -> None:
    id_, requeued = rejudges.begin(db, "sum", add_user(db, "eve"))
    for one in requeued:
        wrong = replace(verdict(Verdict.WA), undiagnosed=True)
        assert finish(db, sure_claim(db, one.judging_id), wrong)
    rejudges.discard(db, id_)
    assert claim_next(db, worker="w", lease_s=30.0, max_attempts=3) is None
