"""A submission's history, for admins: what happened when, on which worker, and what failed.

It is read from rows that are stored anyway. Events are deleted after a month
(`SHOUSI_EVENTS_KEPT_DAYS`); then only the judgings and the failed attempts are left. While a
submission's interview round runs, verdicts are left out (`judge.interviews.sealing`).
"""

from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum

from sqlalchemy import select
from sqlalchemy.orm import Session

from judge.db.models import Event, FailedAttempt, Judging, Problem, Submission, User
from judge.db.session import Database
from judge.errors import NotFoundError
from judge.interviews.sealing import sealed_until
from judge.states import Purpose, State


class Step(StrEnum):
    """What can happen: the first step to the submission, the others to one of its judgings."""

    ACCEPTED = "accepted"
    QUEUED = "queued"
    HINTED = "hinted"
    """The last message about it was sent, or a reconciler will send it again."""
    CLAIMED = "claimed"
    COMPILING = "compiling"
    TEST = "test"
    FAILED = "failed"
    """An attempt ended without a verdict."""
    FINISHED = "finished"


_OF_EVENTS = {"judging": Step.CLAIMED, "compiling": Step.COMPILING, "test": Step.TEST}


@dataclass(frozen=True, slots=True)
class TraceStep:
    """One step; `at` in epoch seconds. `worker` is the name in the claim: the worker's id, a slash,
    and the message's id. `detail` is text for people: a verdict, a reason."""

    at: float
    step: Step
    judging: str | None = None
    attempt: int | None = None
    worker: str | None = None
    detail: str = ""


@dataclass(frozen=True, slots=True)
class Trace:
    """The history of one submission, oldest step first."""

    submission: str
    user: str
    problem: str
    steps: tuple[TraceStep, ...]


def read_trace(db: Database, submission_id: str) -> Trace:
    """Read a submission's history. Raises NotFoundError, UnavailableError."""
    query = (
        select(Submission, User.name, Problem.slug)
        .join(User, User.id == Submission.user_id)
        .join(Problem, Problem.id == Submission.problem_id)
        .where(Submission.id == submission_id)
    )
    with db.read() as session:
        found = session.execute(query).one_or_none()
        if found is None:
            raise NotFoundError("No such submission")
        row, user, slug = found
        steps = [TraceStep(row.created_at, Step.ACCEPTED)]
        judgings = select(Judging).where(Judging.submission_id == submission_id)
        is_sealed = (
            row.purpose == Purpose.INTERVIEW
            and sealed_until(session.connection(), row.id, db.now(session)) is not None
        )
        for judging in session.scalars(judgings.order_by(Judging.id)):
            steps += _of_judging(session, judging, is_sealed=is_sealed)
    # Sorting is stable: steps of the same moment keep their order.
    return Trace(row.id, user, slug, tuple(sorted(steps, key=lambda one: one.at)))


def _of_judging(session: Session, row: Judging, *, is_sealed: bool) -> Iterator[TraceStep]:
    yield TraceStep(row.created_at, Step.QUEUED, row.id, detail=row.purpose)
    yield TraceStep(row.enqueued_at, Step.HINTED, row.id, detail=row.queue)
    failed = session.scalars(
        select(FailedAttempt).where(FailedAttempt.judging_id == row.id).order_by(FailedAttempt.id)
    ).all()
    events = session.scalars(
        select(Event)
        .where(Event.submission_id == row.submission_id, Event.judging_id == row.id)
        .order_by(Event.id)
    ).all()
    claims = [event for event in events if event.kind == "judging"]
    # Each claim but the last one ended in a failure, in this order.
    holders = [one.worker for one in failed] + [row.worker] * (len(claims) - len(failed))
    for event in events:
        step = _OF_EVENTS.get(event.kind)
        if step is Step.CLAIMED:
            held_by = holders[claims.index(event)]
            yield TraceStep(event.at, step, row.id, event.data["attempt"], held_by)
        elif step is Step.TEST:
            told = str(event.data["index"])
            if not is_sealed:
                told += f" {event.data['verdict']}"
            yield TraceStep(event.at, step, row.id, detail=told)
        elif step is not None:
            yield TraceStep(event.at, step, row.id)
    if not claims and row.started_at is not None:
        yield TraceStep(row.started_at, Step.CLAIMED, row.id, worker=row.worker)
    for one in failed:
        told = f"{one.reason} ({len(one.results)} tests judged)"
        yield TraceStep(one.at, Step.FAILED, row.id, one.attempt, one.worker, told)
    if row.state == State.DONE and row.finished_at is not None:
        # The row's time was read before the time of the events in the same transaction.
        at = events[-1].at if events else row.finished_at
        verdict = "" if is_sealed else row.verdict or ""
        yield TraceStep(at, Step.FINISHED, row.id, row.attempt, row.worker, verdict)
