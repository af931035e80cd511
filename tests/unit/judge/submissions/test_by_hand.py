"""Admins hold back, retry and cancel judgings; tested in the rows, with the records that are
kept.
"""

import pytest

from judge import audit, background_jobs, leases, operating
from judge.background_jobs import ChoreKind
from judge.db.models import FailedAttempt, Judging
from judge.db.session import Database
from judge.errors import ConflictError, InvalidError, NotFoundError
from judge.limits import Usage
from judge.monitoring import read_workers
from judge.operating import WorkHeldError
from judge.result import JudgingResult, TestResult
from judge.states import Purpose
from judge.submissions import by_hand, lifecycle
from judge.submissions.lifecycle import Claim, Progress, Submittal, read_submission
from judge.submissions.trace import Step, read_trace
from judge.verdict import Verdict
from judge.workers import register
from tests.support.content import (
    LEASE_S,
    MAX_ATTEMPTS,
    add_problem,
    add_user,
    requeue_stale,
    run_lease_out,
    store,
    submit,
    sure_claim,
)

ACCEPTED = JudgingResult(Verdict.AC, Usage(), 100.0)


@pytest.fixture
def user(db: Database) -> str:
    add_problem(db)
    return add_user(db)


@pytest.fixture
def boss(db: Database) -> str:
    return add_user(db, "boss")


def take(db: Database, judging_id: str, worker: str = "w1/message") -> Claim | None:
    """Claim as a worker does after it has got a message."""
    return lifecycle.claim(
        db, judging_id, worker=worker, lease_s=LEASE_S, max_attempts=MAX_ATTEMPTS, in_turn=True
    )


def add_worker(db: Database, id: str) -> None:
    register(db, id=id, host="here", pid=1, languages=[])


def acts(db: Database) -> list[str]:
    return [act.action for act in audit.list_acts(db).items]


def test_while_it_is_paused_nothing_is_taken(db: Database, user: str, boss: str) -> None:
    running, waiting = submit(db, user), submit(db, user)
    claimed = take(db, running.judging_id)
    assert claimed is not None
    first = operating.pause(db, by=boss, reason="The disk is changed.")
    assert (first.by, first.reason) == ("boss", "The disk is changed.")
    assert operating.pause(db, by=user, reason="again") == first
    with pytest.raises(WorkHeldError) as held:
        take(db, waiting.judging_id)
    assert (held.value.purpose, held.value.requires) == (Purpose.SUBMISSION, "")
    view = read_submission(db, waiting.id)
    assert view is not None
    assert view.paused
    # Running work is finished.
    assert lifecycle.finish(db, claimed, ACCEPTED)
    with db.write() as session:
        background_jobs.add(db, session, ChoreKind.MUTANTS, "0" * 64)
    how = {"worker": "w1/chore", "lease_s": LEASE_S, "max_attempts": MAX_ATTEMPTS}
    assert background_jobs.claim_next(db, **how) is None  # type: ignore[arg-type]
    operating.resume(db, by=boss)
    operating.resume(db, by=boss)
    assert operating.read_pause(db) is None
    assert take(db, waiting.judging_id) is not None
    assert background_jobs.claim_next(db, **how) is not None  # type: ignore[arg-type]
    assert acts(db) == ["resumeJudging", "pauseJudging"]


def test_a_drained_worker_takes_nothing_and_others_do(db: Database, user: str, boss: str) -> None:
    for worker in ("w1", "w2"):
        add_worker(db, worker)
    running, waiting = submit(db, user), submit(db, user)
    claimed = take(db, running.judging_id)
    assert claimed is not None
    operating.drain(db, "w1", by=boss, drained=True)

    def drained() -> list[bool]:
        return [one.drained for one in read_workers(db)]

    assert drained() == [False, False]
    with pytest.raises(WorkHeldError):
        take(db, waiting.judging_id)
    assert lifecycle.finish(db, claimed, ACCEPTED)
    assert drained() == [True, False]
    taken = take(db, waiting.judging_id, "w2/message")
    assert taken is not None
    # Registering again, as a worker does that was forgotten, changes nothing.
    add_worker(db, "w1")
    assert drained() == [True, False]
    operating.drain(db, "w1", by=boss, drained=False)
    another = submit(db, user)
    assert take(db, another.judging_id) is not None
    with pytest.raises(NotFoundError, match="no worker 'w3'"):
        operating.drain(db, "w3", by=boss, drained=True)
    assert acts(db) == ["drainWorker", "drainWorker"]


def test_what_is_stuck_is_judged_anew(db: Database, user: str, boss: str) -> None:
    sent = submit(db, user)
    lost = take(db, sent.judging_id)
    assert lost is not None
    assert by_hand.retry(db, sent.id, by=boss).judging_id == sent.judging_id
    assert not lifecycle.finish(db, lost, ACCEPTED)
    # One that waits: there is nothing to take away, and its message is sent again.
    assert by_hand.retry(db, sent.id, by=boss).judging_id == sent.judging_id
    again = sure_claim(db, sent.judging_id)
    assert again.attempt == 1
    assert lifecycle.finish(db, again, ACCEPTED)
    assert by_hand.retry(db, sent.id, by=boss).judging_id != sent.judging_id
    assert acts(db) == ["retrySubmission"] * 3
    with pytest.raises(NotFoundError):
        by_hand.retry(db, "nothing", by=boss)


def test_a_run_that_is_done_is_not_judged_anew(db: Database, user: str, boss: str) -> None:
    run = store(db, Submittal(user, "sum", "python3", "pass", Purpose.RUN))
    assert lifecycle.finish(db, sure_claim(db, run.judging_id), ACCEPTED)
    with pytest.raises(InvalidError):
        by_hand.retry(db, run.id, by=boss)


@pytest.mark.parametrize("begun", [False, True])
def test_what_is_stopped_counts_nowhere(db: Database, user: str, boss: str, begun: bool) -> None:
    sent = submit(db, user)
    claimed = take(db, sent.judging_id) if begun else None
    by_hand.cancel(db, sent.id, by=boss)
    view = read_submission(db, sent.id)
    assert view is not None
    assert (view.state, view.verdict) == ("done", Verdict.JE)
    assert view.message == "An admin stopped the judging: there is no verdict."
    if claimed is not None:
        assert not leases.renew(db, claimed.lease, LEASE_S)
        assert not lifecycle.finish(db, claimed, ACCEPTED)
    assert take(db, sent.judging_id) is None
    with pytest.raises(ConflictError):
        by_hand.cancel(db, sent.id, by=boss)
    assert acts(db) == ["cancelSubmission"]


def test_who_loops_between_workers_is_set_aside_with_all_that_is_known(
    db: Database, user: str
) -> None:
    sent = submit(db, user)
    result = TestResult("01-sample", True, Verdict.AC, Usage(cpu_s=0.5))
    for attempt in range(1, MAX_ATTEMPTS + 1):
        claimed = sure_claim(db, sent.judging_id, f"w{attempt}/message")
        assert lifecycle.record(db, claimed, Progress(total=3, results={1: result}))
        run_lease_out(db, sent.judging_id)
        requeue_stale(db)
    with db.read() as session:
        judging = session.get_one(Judging, sent.judging_id)
        assert (judging.state, judging.verdict) == ("done", Verdict.JE)
        kept = session.query(FailedAttempt).order_by(FailedAttempt.id).all()
    assert [one.worker for one in kept] == ["w1/message", "w2/message", "w3/message"]
    assert [one.attempt for one in kept] == [1, 2, 3]
    assert {one.reason for one in kept} == {"the worker was lost"}
    assert [[test["name"] for test in one.results] for one in kept] == [["01-sample"]] * 3


def test_the_whole_way_is_told(db: Database, user: str, boss: str) -> None:
    sent = submit(db, user)
    sure_claim(db, sent.judging_id, "w1/message")
    run_lease_out(db, sent.judging_id)
    requeue_stale(db)
    claimed = sure_claim(db, sent.judging_id, "w2/message")
    result = TestResult("01-sample", True, Verdict.WA, Usage(cpu_s=0.5))
    progress = Progress(compiling=True, total=1, results={1: result})
    assert lifecycle.finish(db, claimed, JudgingResult(Verdict.WA, Usage(), 0.0), progress)
    by_hand.retry(db, sent.id, by=boss)
    trace = read_trace(db, sent.id)
    assert (trace.user, trace.problem) == ("ann", "sum")
    first = [one for one in trace.steps if one.judging in {None, sent.judging_id}]
    told = [(one.step, one.attempt, one.worker) for one in first if one.step != Step.HINTED]
    assert told == [
        (Step.ACCEPTED, None, None),
        (Step.QUEUED, None, None),
        (Step.CLAIMED, 1, "w1/message"),
        (Step.FAILED, 1, "w1/message"),
        (Step.CLAIMED, 2, "w2/message"),
        (Step.COMPILING, None, None),
        (Step.TEST, None, None),
        (Step.FINISHED, 2, "w2/message"),
    ]
    details = {one.step: one.detail for one in first}
    assert details[Step.TEST] == "1 WA"
    assert details[Step.FAILED] == "the worker was lost (0 tests judged)"
    assert details[Step.FINISHED] == "WA"
    second = [one.step for one in trace.steps if one.judging not in {None, sent.judging_id}]
    assert set(second) == {Step.QUEUED, Step.HINTED}
    with pytest.raises(NotFoundError):
        read_trace(db, "nothing")
