"""The single steps of the state machine; `judge.submissions.lifecycle` decides when.

Each function changes rows and appends the event in the caller's transaction. `locked` has locked
the row, so that what was read of it still holds when it is written.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, Row, bindparam, delete, func, null, select, update
from sqlalchemy.orm import Session

from judge import background_jobs, events, leases
from judge.background_jobs import ChoreKind
from judge.boards.keeping import count_verdict
from judge.db.models import (
    Base,
    Event,
    FailedAttempt,
    Judging,
    ProblemVersion,
    StoredResult,
    Submission,
)
from judge.db.session import Database
from judge.db.upsert import insert_all
from judge.differences import Difference, Reason
from judge.ids import new_id
from judge.labels import queue_of, required_in
from judge.limits import Usage
from judge.problems.stored import REQUIRES
from judge.result import JudgingResult, TestResult
from judge.states import Purpose, State
from judge.submissions.coarse import coarse_bytes, coarse_time, shown_time
from judge.submissions.fair_queue import Turns
from judge.submissions.views import clean, cleaned
from judge.verdict import Verdict
from judge.workers import id_in_claim

JudgingRow = Judging | Row[Any]
"""A judging's row for reading: an object of the ORM, or its columns alone."""
WORKER_LOST = "the worker was lost"
PROCESS_DIED = "the judging process died"
SHUTTING_DOWN = "the worker shuts down"
NO_ATTEMPT = "no attempt is left"
CAUSES = {
    WORKER_LOST: "worker_lost",
    PROCESS_DIED: "process_died",
    SHUTTING_DOWN: "shutting_down",
    NO_ATTEMPT: "no_attempt",
}
"""{reason for putting a judging back: its name in the wording}. Any other reason is a `fault`."""


@dataclass(frozen=True, slots=True)
class Requeued:
    """A judging that waits, and whose message the caller must send; `requires` are the labels that
    a worker must have (see `judge.labels`)."""

    judging_id: str
    purpose: Purpose
    requires: str = ""


def queue_judging(
    db: Database,
    session: Session,
    submission: Submission,
    version_id: str,
    purpose: Purpose,
    *,
    judging_id: str | None = None,
) -> Requeued:
    """-> queued: the judging that `submission.judging_id` names, or another one beside it."""
    now = db.now(session)
    extras = select(ProblemVersion.extras[REQUIRES].as_string())
    requires = session.scalar(extras.where(ProblemVersion.id == version_id)) or ""
    queue = queue_of(purpose.queue, requires)
    row = Judging(
        id=judging_id or submission.judging_id,
        submission_id=submission.id,
        version_id=version_id,
        purpose=purpose,
        queue=queue,
        state=State.QUEUED,
        enqueued_at=now,
        created_at=now,
        user_id=submission.user_id,
        turn=Turns(session, {submission.user_id}).take(submission.user_id, purpose, queue),
    )
    session.add(row)
    session.flush()
    append_event(db, session, row, "queued", {})
    return requeued(row)


def requeued(row: Judging) -> Requeued:
    """The message that the caller must send for a row that waits."""
    return Requeued(row.id, Purpose(row.purpose), required_in(row.queue))


def locked(session: Session, condition: ColumnElement[bool]) -> Judging | None:
    """The judging that meets `condition`, locked until the transaction ends; None if none does."""
    return leases.locked(session, Judging, condition)


def requeue(
    db: Database,
    session: Session,
    row: Judging,
    reason: str,
    max_attempts: int,
    *,
    refund: bool = False,
) -> None:
    """running -> queued, or done (JE) if no attempt is left. `refund` gives this attempt back."""
    if reason == WORKER_LOST:
        row.lost_by, row.lost_at = id_in_claim(row.worker), db.now(session)
    keep_evidence(db, session, row, reason)
    # The claim counted the attempt, but a shutdown is not the judging's fault.
    if refund:
        row.attempt -= 1
    if row.attempt >= max_attempts:
        values = {"attempts": row.attempt, "cause": CAUSES.get(reason, "fault")}
        if reason not in CAUSES:
            values["detail"] = clean(reason)
        why = Difference(Reason.JUDGE_FAILED, values)
        end(db, session, row, JudgingResult(Verdict.JE, Usage(), 0.0, difference=why))
        return
    leases.release(row, db.now(session))
    # The next attempt sets it again with its first test.
    row.total_tests = None
    # The next attempt starts without results.
    session.execute(delete(StoredResult).where(StoredResult.judging_id == row.id))
    append_event(db, session, row, "requeued", {"reason": reason})


def keep_evidence(db: Database, session: Session, row: Judging, reason: str) -> None:
    """Record a failed attempt, because the next one or the verdict overwrites its results."""
    stored = select(StoredResult).where(StoredResult.judging_id == row.id)
    results = [
        {
            "name": one.name,
            "verdict": one.verdict,
            "cpu_s": one.cpu_s,
            "wall_s": one.wall_s,
            "memory_bytes": one.memory_bytes,
            "message": one.message,
        }
        for one in session.scalars(stored.order_by(StoredResult.index))
    ]
    session.add(
        FailedAttempt(
            id=new_id(),
            judging_id=row.id,
            attempt=row.attempt,
            worker=row.worker,
            reason=clean(reason),
            results=results,
            at=db.now(session),
        )
    )


def public_test(result: TestResult) -> dict[str, Any]:
    """A test's result as JSON for its author, without anything that reveals a hidden test."""
    public: dict[str, Any] = {
        "name": result.name,
        "sample": result.sample,
        "verdict": result.verdict,
        "time_s": coarse_time(result.usage.cpu_s),
        "memory_bytes": coarse_bytes(result.usage.memory_bytes),
        "message": clean(result.message),
        "difference": cleaned(result.difference),
        "hint": dict(result.hint),
    }
    if result.score is not None:
        public["score"] = result.score
    # Shown tests have no secrets, and their exact time and memory help to make them faster.
    if result.sample or result.open:
        public |= {"time_s": result.usage.cpu_s, "memory_bytes": result.usage.memory_bytes}
        for name in ("input", "expected", "output", "stderr"):
            text = getattr(result, name)
            public[name] = None if text is None else clean(text)
    return public


def keep_results(
    session: Session, row: JudgingRow, results: Mapping[int, TestResult]
) -> dict[int, dict[str, Any]]:
    """Store tests' results by index; return their public forms, without hidden tests' data."""
    shown = {index: public_test(result) for index, result in results.items()}
    columns = [_result_columns(row, index, results[index], shown[index]) for index in results]
    insert_all(session, StoredResult, columns)
    return shown


def is_recorded(session: Session, row: JudgingRow, indexes: Collection[int]) -> bool:
    """Whether the results with these indexes are stored, which are always stored together; if there
    are none, whether the last event is that the submission is compiled."""
    if indexes:
        stored = select(StoredResult.index).where(StoredResult.judging_id == row.id)
        return session.scalar(stored.where(StoredResult.index.in_(indexes)).limit(1)) is not None
    last = select(Event.kind).where(
        Event.judging_id == row.id, Event.submission_id == row.submission_id
    )
    return session.scalar(last.order_by(Event.id.desc()).limit(1)) == "compiling"


def _result_columns(
    row: JudgingRow, index: int, result: TestResult, shown: Mapping[str, Any]
) -> dict[str, Any]:
    return {
        "judging_id": row.id,
        "index": index,
        "attempt": row.attempt,
        "name": result.name,
        "sample": result.sample,
        "verdict": result.verdict,
        "cpu_s": result.usage.cpu_s,
        "wall_s": result.usage.wall_s,
        "memory_bytes": result.usage.memory_bytes,
        "message": shown["message"],
        "difference": shown["difference"] or null(),
        "hint": dict(result.hint),
        "input": shown.get("input"),
        "expected": shown.get("expected"),
        "output": shown.get("output"),
        "stderr": shown.get("stderr"),
        "score": result.score,
        "detail": clean(result.detail),
    }


def keep_total(session: Session, judging_id: str, token: str, total: int) -> Row[Any] | None:
    """Store the number of tests, unless `total` is 0. Return the row's columns, locked; None if
    the claim with `token` is lost."""
    values = {"held_id": judging_id, "held_token": token, "new_total": total or None}
    return session.connection().execute(_KEEP_TOTAL, values).one_or_none()


def end_held(
    db: Database,
    session: Session,
    judging_id: str,
    token: str,
    result: JudgingResult,
    total: int,
) -> Row[Any] | None:
    """running -> done, with `total` tests. Return the row's columns, locked; None if the claim with
    `token` is lost. The caller then publishes the verdict."""
    columns = _ended_columns(result, db.now(session))
    values = {f"new_{name}": value for name, value in columns.items()}
    values |= {"held_id": judging_id, "held_token": token, "new_total": total or None}
    # None would be stored as JSON's null.
    values["new_difference"] = columns["difference"] or null()
    row = session.connection().execute(_END, values).one_or_none()
    if row is not None:
        _compare_later(db, session, row, result)
    return row


def end(db: Database, session: Session, row: Judging, result: JudgingResult) -> None:
    """-> done, with the verdict and the judging's only `done` event."""
    row.state = State.DONE
    row.token = row.lease_until = None
    for name, value in _ended_columns(result, db.now(session)).items():
        setattr(row, name, value)
    _compare_later(db, session, row, result)
    publish_verdict(db, session, row)


def _ended_columns(result: JudgingResult, now: float) -> dict[str, Any]:
    return {
        "finished_at": now,
        "verdict": result.verdict,
        "score": result.score,
        "cpu_s": result.usage.cpu_s,
        "wall_s": result.usage.wall_s,
        "memory_bytes": result.usage.memory_bytes,
        "compile_output": clean(result.compile_output),
        "message": clean(result.message),
        "difference": cleaned(result.difference),
        "diagnosis": dict(result.diagnosis),
    }


def _compare_later(db: Database, session: Session, row: JudgingRow, result: JudgingResult) -> None:
    # The package's mutants are not known yet: a chore compares with them once they are.
    if result.undiagnosed:
        requires = required_in(row.queue)
        background_jobs.add(db, session, ChoreKind.DIAGNOSIS, row.id, requires=requires)


# Built once, not for each judging: building one takes longer than running it. They return columns:
# what the ORM adds to an UPDATE that returns a row takes longer than the UPDATE.
_judging = Base.metadata.tables[Judging.__tablename__]
_STILL_HELD = leases.held(Judging, bindparam("held_id"), bindparam("held_token"))
_KEEP_TOTAL = (
    update(_judging)
    .where(_STILL_HELD)
    .values(total_tests=func.coalesce(bindparam("new_total"), _judging.c.total_tests))
    .returning(_judging)
)
_END = _KEEP_TOTAL.values(
    state=State.DONE,
    token=None,
    lease_until=None,
    **{
        name: bindparam(f"new_{name}")
        for name in _ended_columns(JudgingResult(Verdict.AC, Usage(), 0.0), 0.0)
    },
)


def publish_verdict(
    db: Database,
    session: Session,
    row: JudgingRow,
    before: Sequence[tuple[str, Mapping[str, Any]]] = (),
) -> None:
    """Append the `done` event of a finished judging, after the events `before`, and count its
    verdict on the boards."""
    data = {
        "verdict": row.verdict,
        "score": row.score,
        "time_s": shown_time(row.cpu_s),
        "memory_bytes": row.memory_bytes,
        "message": row.message,
        "difference": row.difference,
        "diagnosis": row.diagnosis or {},
    }
    append_events(db, session, row, [*before, ("done", data)])
    count_verdict(db, session, row)


def append_event(
    db: Database, session: Session, row: JudgingRow, kind: str, data: Mapping[str, Any]
) -> None:
    """Append an event about `row`, unless it is a preview, whose events nobody may see."""
    append_events(db, session, row, [(kind, data)])


def append_events(
    db: Database,
    session: Session,
    row: JudgingRow,
    happened: Sequence[tuple[str, Mapping[str, Any]]],
) -> None:
    """Append several events (kind, data) as `append_event` does, by one statement."""
    if row.purpose == Purpose.PREVIEW or not happened:
        return
    events.append_all(
        db, session, submission_id=row.submission_id, judging_id=row.id, happened=happened
    )
