"""Background jobs ("chores"): the state machine of the table `chore`, and its only writer.

A chore is leased as a judging is (see `judge.leases`). Its message says only that some chore
waits; the worker that gets it takes the most urgent one. A worker does one chore at a time, and
postpones it while submissions wait (see `worker.queue.background_jobs`).
"""

import secrets
from collections.abc import Collection
from dataclasses import dataclass
from enum import StrEnum

from sqlalchemy import Select, and_, delete, exists, or_, select
from sqlalchemy.orm import Session

from judge import leases
from judge.db.background_models import Chore, Upload
from judge.db.models import Judging
from judge.db.session import Database
from judge.db.upsert import insert_new
from judge.ids import new_id
from judge.labels import queue_of
from judge.operating import is_held
from judge.states import Purpose, State
from judge.uploads.outcome import UploadState, append_event, end, refusal
from judge.workers import id_in_claim

# How many rows one round of the reconciler takes, so that its transaction stays short.
_LIMIT = 100
_JUST_NOW_S = 3.0


class ChoreKind(StrEnum):
    """The kinds of chores, the most urgent first. The brackets say what a chore's subject is."""

    UPLOAD = "upload"
    """Check an uploaded package and publish it (the upload's id)."""
    DIAGNOSIS = "diagnosis"
    """Compare a wrong answer with the known mistakes, which were not known yet when it was judged
    (the judging's id)."""
    MUTANTS = "mutants"
    """Find out how a published package's wrong submissions fail (the package's SHA-256)."""

    @property
    def rank(self) -> int:
        """Its place in the order of urgency."""
        return list(ChoreKind).index(self)

    @property
    def needs_mutants(self) -> bool:
        """Whether it is done only where mutants are run (`SHOUSI_RUN_MUTANTS`)."""
        match self:
            case ChoreKind.UPLOAD:
                return False
            case ChoreKind.DIAGNOSIS | ChoreKind.MUTANTS:
                return True


@dataclass(frozen=True, slots=True)
class ChoreClaim:
    """The right to do a chore: only the holder of the row's `token` may write. `rank` is the row's:
    a release with other kinds may have stored it."""

    chore_id: str
    kind: ChoreKind
    rank: int
    subject: str
    attempt: int
    token: str
    max_attempts: int
    requires: str = ""

    @property
    def lease(self) -> leases.Lease:
        """The lease to renew while the chore is done."""
        return leases.Lease("chore", self.chore_id, self.token)


def add(
    db: Database,
    session: Session,
    kind: ChoreKind,
    subject: str,
    *,
    done: bool = False,
    requires: str = "",
) -> bool:
    """-> queued. False if this chore exists already, in any state.

    `done` stores it as done, because its result is known already. `requires` are the labels that
    a worker must have to do it (see `judge.labels`).
    """
    now = db.now(session)
    values = {
        "id": new_id(),
        "kind": kind,
        "subject": subject,
        "rank": kind.rank,
        "state": State.DONE if done else State.QUEUED,
        "attempt": 0,
        "enqueued_at": now,
        "created_at": now,
        "finished_at": now if done else None,
        "failure": "",
        "requires": requires,
    }
    return insert_new(session, Chore, values)


def claim_next(
    db: Database,
    *,
    worker: str,
    lease_s: float,
    max_attempts: int,
    kinds: Collection[ChoreKind] = tuple(ChoreKind),
    served: Collection[str] = ("",),
) -> ChoreClaim | None:
    """queued -> running, for the most urgent chore of these kinds whose set of labels is in
    `served`. None if no such chore waits, or if an admin holds the worker back."""
    waiting = _waiting().where(Chore.kind.in_(kinds), Chore.requires.in_(served)).limit(1)
    with db.write() as session:
        if is_held(session, id_in_claim(worker)):
            return None
        # Workers that ask at the same time take different chores.
        row = session.scalar(waiting.with_for_update(skip_locked=True, key_share=True))
        if row is None:
            return None
        token = secrets.token_hex(16)
        claimed = leases.claim(
            session,
            Chore,
            row.id,
            token=token,
            worker=worker,
            now=db.now(session),
            lease_s=lease_s,
            # A chore with no attempt left never waits: `_release` closes it.
            max_attempts=max(max_attempts, row.attempt + 1),
        )
        if claimed is None:
            return None
        kind, attempt = ChoreKind(claimed.kind), claimed.attempt
        # Admins follow an upload's events; nobody follows those of the other kinds.
        if kind is ChoreKind.UPLOAD:
            append_event(db, session, claimed.subject, "checking", {"attempt": attempt})
        return ChoreClaim(
            claimed.id,
            kind,
            claimed.rank,
            claimed.subject,
            attempt,
            token,
            max_attempts,
            claimed.requires,
        )


def locked(session: Session, claim: ChoreClaim) -> Chore | None:
    """The chore's row, locked, if the claim still holds."""
    return leases.locked(session, Chore, leases.held(Chore, claim.chore_id, claim.token))


def close(db: Database, session: Session, row: Chore, failure: str = "") -> None:
    """running -> done, on a locked row."""
    row.state = State.DONE
    row.token = row.lease_until = None
    row.finished_at = db.now(session)
    row.failure = failure


def finish(db: Database, claim: ChoreClaim) -> bool:
    """running -> done. False if the claim is lost."""
    with db.write() as session:
        row = locked(session, claim)
        if row is None:
            return False
        close(db, session, row)
    return True


def forget(session: Session, kind: ChoreKind, subjects: Collection[str]) -> None:
    """Delete the chores about these subjects, which the caller deletes. A worker that does one of
    them has lost its claim, and stops."""
    session.execute(delete(Chore).where(Chore.kind == kind, Chore.subject.in_(subjects)))


def release(db: Database, claim: ChoreClaim, reason: str, *, refund: bool = False) -> bool:
    """running -> queued, after an internal error; -> done as failed, after the last attempt.

    `refund` gives the attempt back. False if the claim was lost before.
    """
    with db.write() as session:
        row = locked(session, claim)
        if row is None:
            return False
        _release(db, session, row, reason, claim.max_attempts, refund=refund)
    return True


def pass_on(db: Database, claim: ChoreClaim, requires: str) -> bool:
    """running -> queued, for a worker with the labels that the chore turned out to need. False if
    the claim was lost before."""
    with db.write() as session:
        row = locked(session, claim)
        if row is None:
            return False
        row.requires = requires
        reason = f"it needs a worker with {requires}"
        _release(db, session, row, reason, claim.max_attempts, refund=True)
    return True


def release_lost(db: Database, *, worker: str, reason: str, max_attempts: int) -> bool:
    """Do what `release` does for a worker that was seen to die. False if it held no chore."""
    held = and_(Chore.state == State.RUNNING, Chore.worker == worker)
    with db.write() as session:
        row = leases.locked(session, Chore, held)
        if row is None:
            return False
        _release(db, session, row, reason, max_attempts)
    return True


def take_back(
    db: Database, *, max_attempts: int, stale_s: float, served: Collection[str] = ("",)
) -> frozenset[str]:
    """The reconciler's round: running -> queued where the lease has expired.

    Return for which sets of labels in `served` a message should be sent: a chore with these labels
    waits, and no message was sent for `stale_s` seconds.
    """
    with db.write() as session:
        now = db.now(session)
        for row in session.scalars(leases.expired(Chore, now, _LIMIT)).all():
            _release(db, session, row, "the worker was lost", max_attempts)
        # Or sent in the future, before the clock was set back.
        is_old = or_(Chore.enqueued_at < now - stale_s, Chore.enqueued_at > now + leases.AHEAD_S)
        old = _waiting().where(is_old, Chore.requires.in_(served))
        # Locked: one may be claimed or deleted meanwhile, or be found by another reconciler.
        old = old.limit(_LIMIT).with_for_update(skip_locked=True, key_share=True)
        stale = session.scalars(old)
        found = stale.all()
        for row in found:
            # The caller sends a message now, so the next round must not.
            row.enqueued_at = now
        return frozenset(row.requires for row in found)


def more_urgent_waits(db: Database, claim: ChoreClaim, served: Collection[str] = ("",)) -> bool:
    """Whether a chore of a more urgent kind waits that this worker could do."""
    # By the rows' ranks, as claims go: else the same chore would be claimed and put back for ever.
    waits = exists().where(
        Chore.state == State.QUEUED,
        Chore.rank < claim.rank,
        Chore.kind.in_(tuple(ChoreKind)),
        Chore.requires.in_(served),
    )
    with db.read() as session:
        return bool(session.scalar(select(waits)))


def somebody_waits(db: Database, served: Collection[str] = ("",)) -> bool:
    """Whether a person waits for a verdict of this worker (a judging in an interactive queue that
    it serves is not done), or has just submitted and will probably submit again (the newest
    judging is a few seconds old)."""
    open_states = (State.QUEUED, State.RUNNING)
    queues = [queue_of(Purpose.SUBMISSION.queue, requires) for requires in served]
    waits = exists().where(Judging.state.in_(open_states), Judging.queue.in_(queues))
    # Ids sort by time: the newest judging is found by the primary key, without a scan.
    newest = select(Judging.created_at).order_by(Judging.id.desc()).limit(1)
    with db.read() as session:
        if session.scalar(select(waits)):
            return True
        created_at = session.scalar(newest)
        return created_at is not None and db.now(session) - created_at < _JUST_NOW_S


def _release(
    db: Database,
    session: Session,
    row: Chore,
    reason: str,
    max_attempts: int,
    *,
    refund: bool = False,
) -> None:
    # The worker shuts down, so the attempt that the claim has counted is taken off again.
    if refund:
        row.attempt -= 1
    if row.attempt >= max_attempts:
        failure = f"Given up after {row.attempt} attempts: {reason}"
        close(db, session, row, failure)
        # Nobody checks the upload any more, so it needs an outcome, or it would seem to go on.
        if row.kind == ChoreKind.UPLOAD:
            upload = session.get_one(Upload, row.subject)
            end(db, session, upload, UploadState.REFUSED, refusal(failure))
        return
    leases.release(row, db.now(session))
    if row.kind == ChoreKind.UPLOAD:
        append_event(db, session, row.subject, "requeued", {"reason": reason})


def _waiting() -> Select[Chore]:
    return (
        select(Chore)
        .where(Chore.state == State.QUEUED)
        .order_by(Chore.rank, Chore.created_at, Chore.id)
    )
