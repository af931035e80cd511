"""The state machine's single steps on a locked row; `judge.submissions.lifecycle` decides when.

Each function changes rows and appends the event in the caller's transaction. A row is locked by
`locked`, so that what it was found to be still holds when it is written.
"""

from collections.abc import Mapping
from typing import Any

from sqlalchemy import ColumnElement, delete
from sqlalchemy.orm import Session

from judge import background_jobs, events, leases
from judge.background_jobs import ChoreKind
from judge.boards.keeping import count_verdict
from judge.db.models import Judging, StoredResult, Submission
from judge.db.session import Database
from judge.differences import Difference, Reason
from judge.limits import Usage
from judge.result import JudgingResult, TestResult
from judge.states import Purpose, State
from judge.submissions.fair_queue import Turns
from judge.submissions.views import clean, cleaned, shown_time
from judge.verdict import Verdict

WORKER_LOST = "the worker was lost"
PROCESS_DIED = "the judging process died"
SHUTTING_DOWN = "the worker shuts down"
NO_ATTEMPT = "no attempt is left"
_CAUSES = {
    WORKER_LOST: "worker_lost",
    PROCESS_DIED: "process_died",
    SHUTTING_DOWN: "shutting_down",
    NO_ATTEMPT: "no_attempt",
}
"""The reasons for putting a judging back that have a wording of their own. Every other reason is
a fault."""


def queue_judging(
    db: Database,
    session: Session,
    submission: Submission,
    version_id: str,
    purpose: Purpose,
    *,
    judging_id: str | None = None,
) -> None:
    """-> queued: the judging that `submission.judging_id` names, or a further one beside it."""
    now = db.now(session)
    row = Judging(
        id=judging_id or submission.judging_id,
        submission_id=submission.id,
        version_id=version_id,
        purpose=purpose,
        queue=purpose.queue,
        state=State.QUEUED,
        enqueued_at=now,
        created_at=now,
        user_id=submission.user_id,
        turn=Turns(session, {submission.user_id}).take(submission.user_id, purpose),
    )
    session.add(row)
    session.flush()
    append_event(db, session, row, "queued", {})


def locked(session: Session, condition: ColumnElement[bool]) -> Judging | None:
    """The judging that meets `condition`, ours until the transaction ends; None if none does."""
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
    """running -> queued, or done (JE) when no attempt is left. `refund` gives this one back."""
    # The claim counted the attempt; a shutdown is no fault of the judging's.
    if refund:
        row.attempt -= 1
    if row.attempt >= max_attempts:
        values = {"attempts": row.attempt, "cause": _CAUSES.get(reason, "fault")}
        if reason not in _CAUSES:
            values["detail"] = clean(reason)
        why = Difference(Reason.JUDGE_FAILED, values)
        end(db, session, row, JudgingResult(Verdict.JE, Usage(), 0.0, difference=why))
        return
    leases.release(row, db.now(session))
    # It is told anew with the first test of the next attempt.
    row.total_tests = None
    # The next attempt starts with a clean sheet.
    session.execute(delete(StoredResult).where(StoredResult.judging_id == row.id))
    append_event(db, session, row, "requeued", {"reason": reason})


def keep_result(
    session: Session, row: Judging, index: int, result: TestResult, shown: Mapping[str, Any]
) -> None:
    """Store one test's result; `shown` is its public form, which has no hidden test's data."""
    session.add(
        StoredResult(
            judging_id=row.id,
            index=index,
            attempt=row.attempt,
            name=result.name,
            sample=result.sample,
            verdict=result.verdict,
            cpu_s=result.usage.cpu_s,
            wall_s=result.usage.wall_s,
            memory_bytes=result.usage.memory_bytes,
            message=shown["message"],
            difference=shown["difference"],
            hint=dict(result.hint),
            input=shown.get("input"),
            expected=shown.get("expected"),
            output=shown.get("output"),
            stderr=shown.get("stderr"),
            score=result.score,
            detail=clean(result.detail),
        )
    )


def end(db: Database, session: Session, row: Judging, result: JudgingResult) -> None:
    """-> done. The verdict, and the one `done` event that a judging has."""
    row.state = State.DONE
    row.token = row.lease_until = None
    row.finished_at = db.now(session)
    row.verdict = result.verdict
    row.score = result.score
    row.cpu_s = result.usage.cpu_s
    row.wall_s = result.usage.wall_s
    row.memory_bytes = result.usage.memory_bytes
    row.compile_output = clean(result.compile_output)
    row.message = clean(result.message)
    row.difference = cleaned(result.difference)
    row.diagnosis = dict(result.diagnosis)
    # The package's mutants still run: the comparison is made once they are known.
    if result.undiagnosed:
        background_jobs.add(db, session, ChoreKind.DIAGNOSIS, row.id)
    publish_verdict(db, session, row)


def publish_verdict(db: Database, session: Session, row: Judging) -> None:
    """Append the `done` event of a finished judging, and count its verdict on the boards."""
    data = {
        "verdict": row.verdict,
        "score": row.score,
        "time_s": shown_time(row.cpu_s),
        "memory_bytes": row.memory_bytes,
        "message": row.message,
        "difference": row.difference,
        "diagnosis": row.diagnosis or {},
    }
    append_event(db, session, row, "done", data)
    count_verdict(db, session, row)


def append_event(
    db: Database, session: Session, row: Judging, kind: str, data: Mapping[str, Any]
) -> None:
    """Append an event about `row`, unless it is a preview, which nobody is told of."""
    if row.purpose == Purpose.PREVIEW:
        return
    events.append(
        db, session, submission_id=row.submission_id, judging_id=row.id, kind=kind, data=data
    )
