"""One submission's whole life: the state machine of `judging`, and its only writer.

    submit, rejudge ---> queued --claim--> running --finish--> done
                           ^  |               |
              resent when  +--+               +--release, lease ran out--> queued
              its message is old              +--the same at the last attempt--> done (JE)

The row is the truth; a message on the broker is only a hint that there is a row to claim. Every
transition is one conditional UPDATE: a writer that changes no row has lost and drops its result. A
claim returns a token, and only the holder of the row's token may write. Users see a transition as
an event, which is appended in the same transaction; the caller sends messages after the commit.
"""

import secrets
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import and_, func, or_, select
from sqlalchemy.orm import Session

from judge import background_jobs, leases
from judge.background_jobs import ChoreClaim
from judge.db.models import Judging, Problem, Submission
from judge.db.session import Database, announce_after_commit
from judge.errors import InvalidError, NotFoundError, ShousiError
from judge.ids import new_id
from judge.labels import required_in
from judge.problems.views import newest_version
from judge.result import JudgingResult, TestResult
from judge.states import QUEUES, Purpose, State
from judge.submissions.fair_queue import Share, next_judging
from judge.submissions.intake import Submittal, Submitted, take_in
from judge.submissions.jobs import load_job
from judge.submissions.transitions import (
    NO_ATTEMPT,
    WORKER_LOST,
    JudgingRow,
    Requeued,
    append_event,
    append_events,
    end_held,
    is_recorded,
    keep_results,
    keep_total,
    locked,
    publish_verdict,
    queue_judging,
    requeue,
    requeued,
)
from judge.submissions.views import PublicState, list_submissions, read_submission
from judge.workers import id_in_claim

__all__ = [
    "Claim",
    "Progress",
    "PublicState",
    "Purpose",
    "Requeued",
    "Submittal",
    "Submitted",
    "claim",
    "diagnose_late",
    "finish",
    "list_submissions",
    "load_job",
    "read_submission",
    "record",
    "rejudge",
    "rejudge_problem",
    "release",
    "release_lost",
    "requeue_stale",
    "submit_all",
]


@dataclass(frozen=True, slots=True)
class Claim:
    """The right to judge: only the holder of the row's `token` may write."""

    judging_id: str
    submission_id: str
    attempt: int
    token: str
    max_attempts: int
    purpose: Purpose
    user_id: str | None = None
    requires: str = ""

    @property
    def lease(self) -> leases.Lease:
        """The lease to renew while the judging runs."""
        return leases.Lease("judging", self.judging_id, self.token)


def submit_all(db: Database, submittals: Sequence[Submittal]) -> list[Submitted | ShousiError]:
    """-> queued. Store submissions and runs that came together, in one transaction, and commit; the
    caller enqueues them afterwards.

    A refused one has its error in its place: NotFoundError (no such problem), InvalidError (`field`
    says what), ConflictError (the idempotency key was used with another body), TooManyError (the
    user has `max_pending` waiting), ForbiddenError (the account was closed meanwhile). The same key
    with the same body gives the same submission again. Raises UnavailableError, which means all of
    them.
    """
    with db.write() as session:
        return take_in(db, session, submittals)


def rejudge(db: Database, submission_id: str) -> Requeued:
    """-> queued, as a new judging against the problem's newest version; the caller enqueues it.

    A submission that is still queued or running is returned as it is. Raises NotFoundError,
    InvalidError (runs are not rejudged), UnavailableError.
    """
    with db.write() as session:
        # Of two requests at once, the second finds what the first has queued.
        row = session.get(Submission, submission_id, with_for_update={"key_share": True})
        if row is None:
            raise NotFoundError("No such submission")
        if row.purpose == Purpose.INTERVIEW:
            raise InvalidError("It was sent in an interview, whose report keeps its first verdict")
        if row.purpose == Purpose.BATCH:
            raise InvalidError("A source of a batch is judged once; send it in a new batch")
        if row.purpose != Purpose.SUBMISSION:
            raise InvalidError("A run is not kept, so it can't be judged again")
        current = session.get_one(Judging, row.judging_id)
        if current.state != State.DONE:
            return requeued(current)
        problem = session.get_one(Problem, row.problem_id)
        found = newest_version(session, problem.slug)
        assert found is not None
        # A submission's judgings sort in their order: boards are rebuilt by that.
        row.judging_id = new_id(after=row.judging_id)
        session.flush()
        return queue_judging(db, session, row, found[1].id, Purpose.REJUDGE)


def rejudge_problem(db: Database, slug: str) -> list[Requeued]:
    """`rejudge` every finished submission of a problem. Raises NotFoundError, UnavailableError."""
    with db.read() as session:
        problem_id = session.scalar(select(Problem.id).where(Problem.slug == slug))
        if problem_id is None:
            raise NotFoundError(f"No problem {slug}")
        query = (
            select(Submission.id)
            .join(Judging, Judging.id == Submission.judging_id)
            .where(Submission.problem_id == problem_id, Submission.purpose == Purpose.SUBMISSION)
            .where(Judging.state == State.DONE)
            .order_by(Submission.id)
        )
        found = session.scalars(query).all()
    queued = []
    for submission_id in found:
        # Deleted meanwhile; the others are still to be judged, and their messages sent.
        with suppress(NotFoundError):
            queued.append(rejudge(db, submission_id))
    return queued


def claim(
    db: Database,
    judging_id: str,
    *,
    worker: str,
    lease_s: float,
    max_attempts: int,
    in_turn: bool = False,
    last_served: str | None = None,
    share: Share | None = None,
) -> Claim | None:
    """queued -> running. None if there is nothing to claim: then drop the message.

    With `in_turn`, `judging_id` is only a hint, and the judging whose turn it is gets claimed;
    `last_served` is the user whose judging the caller did last. Raises HeldBackError if one user
    would hold more than `share` of the worker, or if others have locked all that wait: ask again
    soon; WorkHeldError if an admin holds work back.
    """
    token = secrets.token_hex(16)
    with db.write() as session:
        now = db.now(session)
        if in_turn:
            # If no judging waits, not even the hinted one does: the update matches no row.
            found = next_judging(session, judging_id, last_served, share, id_in_claim(worker))
            judging_id = found or judging_id
        row = leases.claim(
            session,
            Judging,
            judging_id,
            token=token,
            worker=worker,
            now=now,
            lease_s=lease_s,
            max_attempts=max_attempts,
        )
        if row is None:
            return None
        append_event(db, session, row, "judging", {"attempt": row.attempt})
        purpose = Purpose(row.purpose)
        return Claim(
            row.id,
            row.submission_id,
            row.attempt,
            token,
            max_attempts,
            purpose,
            row.user_id,
            required_in(row.queue),
        )


@dataclass(frozen=True, slots=True)
class Progress:
    """The progress of a judging since the last call: whether it is `compiling`, and `results` of
    some of its `total` tests, by index from 1."""

    compiling: bool = False
    total: int = 0
    results: Mapping[int, TestResult] = field(default_factory=dict)


def record(db: Database, claim: Claim, progress: Progress, *, again: bool = False) -> bool:
    """Store the results so far. False if the claim is lost: then stop judging. `again`: an earlier
    call with the same progress raised UnavailableError, but may have stored it nevertheless."""
    with db.write() as session:
        row = keep_total(session, claim.judging_id, claim.token, progress.total)
        if row is None:
            return False
        if again and is_recorded(session, row, progress.results):
            announce_after_commit(session, row.submission_id)
        else:
            append_events(db, session, row, _keep(session, row, progress))
    return True


def finish(
    db: Database, claim: Claim, result: JudgingResult, progress: Progress | None = None
) -> bool:
    """running -> done, with the `progress` that was not recorded before. False if the claim, and
    with it the result, is lost."""
    progress = progress or Progress()
    with db.write() as session:
        row = end_held(db, session, claim.judging_id, claim.token, result, progress.total)
        if row is None:
            return False
        publish_verdict(db, session, row, before=_keep(session, row, progress))
    return True


def diagnose_late(
    db: Database, chore: ChoreClaim, judging_id: str, line: Mapping[str, str]
) -> bool:
    """done -> done, with the line of a known mistake (none if empty); this ends the chore that
    found it. False if the chore's claim is lost."""
    with db.write() as session:
        # The judging before the chore, as whoever deletes both does.
        row = session.get(Judging, judging_id, with_for_update={"key_share": True})
        held = background_jobs.locked(session, chore)
        if held is None:
            return False
        background_jobs.close(db, session, held)
        # The judging may be deleted, with a discarded preview or a guest.
        if row is not None and line:
            row.diagnosis = dict(line)
            announce_after_commit(session, row.submission_id)
    return True


def _keep(
    session: Session, row: JudgingRow, progress: Progress
) -> list[tuple[str, Mapping[str, Any]]]:
    """Store the tests' results; return the events about them."""
    happened: list[tuple[str, Mapping[str, Any]]] = []
    if progress.compiling:
        happened.append(("compiling", {}))
    if progress.results:
        for index, shown in keep_results(session, row, progress.results).items():
            happened.append(("test", {"index": index, "total": progress.total, **shown}))
    return happened


def release(db: Database, claim: Claim, reason: str, *, refund: bool = False) -> bool:
    """running -> queued, after a fault of the judge; at the last attempt -> done (JE).

    `refund` gives the attempt back, because the worker shuts down and the judging is not at fault.
    The caller enqueues it again. False if the claim was lost before.
    """
    with db.write() as session:
        row = locked(session, leases.held(Judging, claim.judging_id, claim.token))
        if row is None:
            return False
        requeue(db, session, row, reason, claim.max_attempts, refund=refund)
    return True


def release_lost(db: Database, *, worker: str, reason: str, max_attempts: int) -> Requeued | None:
    """Do what `release` does for a worker that was seen to die; `worker` is its name in the claim.

    None if that worker holds nothing.
    """
    held = and_(Judging.state == State.RUNNING, Judging.worker == worker)
    with db.write() as session:
        row = locked(session, held)
        if row is None:
            return None
        requeue(db, session, row, reason, max_attempts)
        return requeued(row)


def requeue_stale(
    db: Database,
    *,
    max_attempts: int,
    stale_s: float,
    stale_per_queued_s: float,
    limit: int = 500,
    queues: Sequence[str] = QUEUES,
) -> list[Requeued]:
    """The reconciler's round: take back judgings without a worker, find those without a message.

    running -> queued (or done, JE) where the lease has expired; queued -> queued where the message
    is older than `stale_s` plus `stale_per_queued_s` for each judging in the same queue: behind a
    long queue an old message is not a lost one. At most `limit` of each. The caller enqueues what
    is returned. Any number of reconcilers may run at once: each row goes to one of them only. Old
    messages are looked for only in `queues`: in a queue without a listener they would pile up.
    """
    with db.write() as session:
        rows = list(session.scalars(leases.expired(Judging, db.now(session), limit)))
        for row in rows:
            if row.attempt < max_attempts:
                requeue(db, session, row, WORKER_LOST, max_attempts)
        # In one query: a worker with many labels serves many queues, most of them empty.
        depths = dict(
            session.execute(
                select(Judging.queue, func.count())
                .where(Judging.state == State.QUEUED, Judging.queue.in_(queues))
                .group_by(Judging.queue)
            ).all()
        )
        for queue in sorted(depths, key=queues.index):
            after_s = stale_s + depths[queue] * stale_per_queued_s
            rows += _find_stale(db, session, queue, max_attempts, after_s, limit)
        waiting = [requeued(row) for row in rows if row.attempt < max_attempts]
        given_up = [row.id for row in rows if row.attempt >= max_attempts]
    for judging_id in given_up:
        _give_up(db, judging_id, max_attempts)
    return waiting


def _find_stale(
    db: Database,
    session: Session,
    queue: str,
    max_attempts: int,
    after_s: float,
    limit: int,
) -> list[Judging]:
    waiting = and_(Judging.state == State.QUEUED, Judging.queue == queue)
    now = db.now(session)
    old = Judging.enqueued_at < now - after_s
    # Sent before the clock was set back.
    ahead = Judging.enqueued_at > now + leases.AHEAD_S
    query = (
        select(Judging)
        # Nobody can claim a judging with no attempt left (after the setting was lowered).
        .where(waiting, or_(old, ahead, Judging.attempt >= max_attempts))
        .order_by(Judging.enqueued_at)
        .limit(limit)
        .with_for_update(skip_locked=True, key_share=True)
    )
    rows = list(session.scalars(query))
    for row in rows:
        row.enqueued_at = now
    session.flush()
    return rows


def _give_up(db: Database, judging_id: str, max_attempts: int) -> None:
    """-> done (JE), for a judging with no attempt left, unless another process was faster.

    In its own transaction, as every verdict is written: counting a verdict locks its user, then
    perhaps teams' events. A transaction that counts several would hold the events' lock while it
    waits for a second user, whose own verdict may wait for the events.
    """
    with db.write() as session:
        expired = and_(Judging.state == State.RUNNING, Judging.lease_until < db.now(session))
        is_over = and_(
            Judging.id == judging_id,
            Judging.attempt >= max_attempts,
            or_(Judging.state == State.QUEUED, expired),
        )
        row = locked(session, is_over)
        if row is not None:
            reason = WORKER_LOST if row.state == State.RUNNING else NO_ATTEMPT
            requeue(db, session, row, reason, max_attempts)
