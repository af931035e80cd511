"""Batches: stored whole or not at all, judged last, and seen on no board."""

import pytest
from sqlalchemy import func, select, update

from judge.accounts import leaving, retention
from judge.accounts.leaving import Code
from judge.boards.views import read_board
from judge.db.batch_models import Batch, BatchSource
from judge.db.models import Submission
from judge.db.session import Database
from judge.errors import ConflictError, InterviewError, InvalidError, NotFoundError, TooManyError
from judge.interviews import sittings
from judge.states import Purpose
from judge.submissions import lifecycle
from judge.submissions.batches import RefusedSourcesError, Source, read_batch, send_batch
from judge.submissions.fair_queue import BatchHeldBackError, Share
from judge.submissions.lifecycle import Claim, Submittal
from judge.verdict import Verdict
from tests.support.content import (
    LEASE_S,
    MAX_ATTEMPTS,
    add_problem,
    add_user,
    store,
    submit,
    sure_claim,
    verdict,
)
from tests.support.sittings import add_interview

SOURCES = [Source("python3", "a = 1"), Source("cpp", "int a;"), Source("python3", "c = 3")]


@pytest.fixture
def ann(db: Database) -> str:
    add_problem(db)
    return add_user(db)


def in_turn(db: Database, hinted: str, share: int = 2, worker: str = "w/1") -> Claim | None:
    """Claim as a worker's process does after it has got this judging's message."""
    return lifecycle.claim(
        db,
        hinted,
        worker=worker,
        lease_s=LEASE_S,
        max_attempts=MAX_ATTEMPTS,
        in_turn=True,
        share=Share("w/", share),
    )


def num_stored(db: Database) -> int:
    with db.read() as session:
        return sum(
            session.scalar(select(func.count()).select_from(table)) or 0
            for table in (Batch, BatchSource, Submission)
        )


def test_a_batch_has_its_results_in_the_order_that_it_was_sent_in(db: Database, ann: str) -> None:
    id_, made = send_batch(db, ann, "sum", SOURCES)
    assert [one.purpose for one in made] == [Purpose.BATCH] * 3
    for place, found in ((2, Verdict.WA), (0, Verdict.AC)):
        claim = sure_claim(db, made[place].judging_id)
        assert lifecycle.finish(db, claim, verdict(found))
    view = read_batch(db, id_)
    assert view is not None
    assert (view.problem, view.total, view.num_done) == ("sum", 3, 2)
    told = [(place, one.language, one.verdict) for place, one in view.items]
    assert told == [(0, "python3", Verdict.AC), (1, "cpp", None), (2, "python3", Verdict.WA)]
    # It is judged like a submission, on hidden tests too, and appears in no list and on no board.
    assert len(lifecycle.load_job(db, sure_claim(db, made[1].judging_id)).tests) == 3
    assert lifecycle.list_submissions(db, user_id=ann).items == ()
    assert read_board(db).rows == ()
    with pytest.raises(InvalidError, match="new batch"):
        lifecycle.rejudge(db, view.items[0][1].id)
    assert read_batch(db, "no such") is None


def test_of_a_batch_with_a_wrong_source_nothing_is_stored(db: Database, ann: str) -> None:
    wrong = [*SOURCES, Source("java", "class Main {}"), Source("python3", "\0")]
    with pytest.raises(RefusedSourcesError) as refused:
        send_batch(db, ann, "sum", wrong)
    fields = {place: error.field for place, error in refused.value.refusals.items()}
    assert fields == {3: "language", 4: "source"}
    with pytest.raises(NotFoundError):
        send_batch(db, ann, "nothing", SOURCES)
    with pytest.raises(TooManyError, match="2 sources of batches"):
        send_batch(db, ann, "sum", SOURCES, max_pending=2)
    assert num_stored(db) == 0


def test_the_same_key_gives_the_same_batch(db: Database, ann: str) -> None:
    id_, _ = send_batch(db, ann, "sum", SOURCES, key="k")
    assert send_batch(db, ann, "sum", SOURCES, key="k") == (id_, [])
    with pytest.raises(ConflictError):
        send_batch(db, ann, "sum", SOURCES[:2], key="k")
    assert send_batch(db, add_user(db, "bob"), "sum", SOURCES[:2], key="k")[0] != id_


def test_what_waits_of_batches_keeps_nobody_from_submitting(db: Database, ann: str) -> None:
    send_batch(db, ann, "sum", SOURCES)
    submittal = Submittal(ann, "sum", "python3", "pass", Purpose.SUBMISSION, max_pending=1)
    store(db, submittal)
    with pytest.raises(TooManyError):
        store(db, submittal)
    send_batch(db, ann, "sum", SOURCES, max_pending=6)


def test_a_batch_lets_people_go_first_and_leaves_a_process_free(db: Database, ann: str) -> None:
    id_, made = send_batch(db, ann, "sum", SOURCES)
    bob = submit(db, add_user(db, "bob"))
    view = read_batch(db, id_)
    assert view is not None
    last = lifecycle.read_submission(db, view.items[2][1].id)
    assert last is not None
    assert last.queue_position == 3
    with pytest.raises(BatchHeldBackError):
        in_turn(db, made[0].judging_id)
    first = in_turn(db, bob.judging_id)
    assert first is not None
    assert first.submission_id == bob.id
    # Two processes are one person's and a batch's: the third is left for somebody else.
    assert in_turn(db, made[0].judging_id, worker="w/2") is not None
    with pytest.raises(BatchHeldBackError):
        in_turn(db, made[1].judging_id, worker="w/3")
    # Another worker's processes are its own.
    elsewhere = Share("v/", 2)
    assert lifecycle.claim(
        db,
        made[1].judging_id,
        worker="v/1",
        lease_s=LEASE_S,
        max_attempts=MAX_ATTEMPTS,
        in_turn=True,
        share=elsewhere,
    )
    assert lifecycle.finish(db, first, verdict())
    assert in_turn(db, made[2].judging_id, worker="w/3") is not None


def test_batches_of_two_users_take_turns(db: Database, ann: str) -> None:
    bob = add_user(db, "bob")
    _, many = send_batch(db, ann, "sum", SOURCES * 3)
    _, few = send_batch(db, bob, "sum", SOURCES[:1])
    served = [in_turn(db, many[hint].judging_id, share=9) for hint in range(2)]
    assert [one.user_id for one in served if one] == [ann, bob]
    assert served[1] is not None
    assert served[1].judging_id == few[0].judging_id


def test_a_batch_is_no_way_around_an_interviews_seal(db: Database, ann: str) -> None:
    add_problem(db, "other")
    sittings.start(db, ann, add_interview(db, ("sum",)))
    with pytest.raises(InterviewError, match="no batch"):
        send_batch(db, ann, "sum", SOURCES)
    send_batch(db, ann, "other", SOURCES)


def test_an_old_batch_is_forgotten_and_one_that_waits_is_not(db: Database, ann: str) -> None:
    old, made = send_batch(db, ann, "sum", SOURCES)
    waits, _ = send_batch(db, ann, "sum", SOURCES)
    for one in made:
        assert lifecycle.finish(db, sure_claim(db, one.judging_id), verdict())
    new, made = send_batch(db, ann, "sum", SOURCES)
    with db.write() as session:
        recent = select(BatchSource.submission_id).where(BatchSource.batch_id == new)
        aged = update(Submission).where(Submission.id.not_in(recent))
        session.execute(aged.values(created_at=db.now(session) - 1000))
    assert not retention.forget_sent(db, 500, Purpose.BATCH)
    assert read_batch(db, old) is None
    assert [read_batch(db, one) is not None for one in (waits, new)] == [True, True]


def test_batches_go_with_their_account(db: Database, ann: str) -> None:
    _, made = send_batch(db, ann, "sum", SOURCES)
    with pytest.raises(ConflictError, match="being judged"):
        leaving.delete_account(db, ann, Code.DELETE)
    for one in made:
        assert lifecycle.finish(db, sure_claim(db, one.judging_id), verdict())
    leaving.delete_account(db, ann, Code.DELETE)
    assert num_stored(db) == 0
