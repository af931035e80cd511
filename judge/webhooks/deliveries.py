"""Deliveries: messages on their way to webhooks. This module alone writes their rows.

    queued --claim--> running --answered 2xx--> done
      ^                  |
      +--after a pause---+--any other end; at the last attempt--> done, set aside
      ^                                                                 |
      +-----------------------------asked for--------------------------+

They are leased as judgings are (`judge.leases`): a process that is killed between sending a message
and recording that leaves a lease that expires, and the message is sent again. So each message
arrives at least once or is set aside, and may arrive twice; its id stays the same.
"""

import random
import secrets
from dataclasses import dataclass

from sqlalchemy import ColumnElement, Exists, and_, delete, exists, func, or_, select, text
from sqlalchemy.orm import Session, aliased

from judge import leases
from judge.accounts.users import Role, lock_user
from judge.db.models import User
from judge.db.session import Database, announce_after_commit
from judge.db.webhook_models import Delivery, Webhook
from judge.errors import ConflictError, NotFoundError
from judge.queue_history import LOOKED_BACK_S
from judge.states import State
from judge.webhooks.hooks import TEST, EventKind
from judge.webhooks.telling import MAX_WAITING, WEBHOOKS, has_too_many, tell

PAUSES_S = (5.0, 300.0, 1800.0, 7200.0, 18000.0, 36000.0, 36000.0)
"""The pauses after failed attempts; up to a tenth is added at random, to spread the attempts."""
MAX_ATTEMPTS = len(PAUSES_S) + 1
LEASE_S = 60.0
KEPT_S = 7 * 86400.0
"""How long a delivery is shown after its end."""
_AT_A_TIME = 1000
_LONGEST_ERROR = 200
# Any constant does, if it differs from those of the boards, teams' events and the migrations.
_ADVISORY_LOCK = 0x5104054
_LOCK = text("SELECT pg_advisory_xact_lock(:key)")


@dataclass(frozen=True, slots=True)
class Claimed:
    """The right to send a message: only the holder of the row's `token` may write."""

    id: str
    token: str
    attempt: int
    url: str
    secret: str
    body: bytes


@dataclass(frozen=True, slots=True)
class Attempted:
    """The result of sending: the answer's `status`, None if there was no answer; `error` is empty
    if the receiver accepted the message."""

    status: int | None = None
    error: str = ""


@dataclass(frozen=True, slots=True)
class DeliveryView:
    """A message, as its webhook's owner sees it. `state` is waiting, sending, delivered or
    set_aside; `status` and `error` are the last attempt's. `due_at` is when it is sent next, None
    if it is not sent again. Times in epoch seconds."""

    id: str
    event: str
    state: str
    attempts: int
    status: int | None
    error: str
    created_at: float
    due_at: float | None
    finished_at: float | None


def claim_due(db: Database, worker: str) -> Claimed | None:
    """queued -> running, for the message that has been due longest; None if none is due.

    Only one message of each user is sent at a time: a slow receiver delays only its own user.
    Raises UnavailableError.
    """
    with db.read() as session:
        # Most calls find nothing, so they look first without blocking any writer.
        if not session.scalar(select(_something_due(db.now(session)))):
            return None
    with db.write() as session:
        if db.is_postgres:
            # Only one sender claims at a time, and sees what earlier ones have claimed: else
            # several senders could find at the same moment that no message of a user is being sent.
            session.execute(_LOCK, {"key": _ADVISORY_LOCK})
        now = db.now(session)
        for row in session.scalars(leases.expired(Delivery, now, _AT_A_TIME)).all():
            _try_again(row, "the sender was lost", now)
        session.flush()
        query = (
            select(Delivery.id)
            .where(*_sendable(now))
            .order_by(Delivery.due_at, Delivery.id)
            .limit(1)
            .with_for_update(of=Delivery, skip_locked=True, key_share=True)
        )
        found = session.scalar(query)
        if found is None:
            return None
        token = secrets.token_hex(16)
        claimed = leases.claim(
            session,
            Delivery,
            found,
            token=token,
            worker=worker,
            now=now,
            lease_s=LEASE_S,
            # A message with no attempt left never waits.
            max_attempts=MAX_ATTEMPTS,
        )
        if claimed is None:
            return None
        hook = session.get_one(Webhook, claimed.webhook_id)
        body = claimed.body.encode()
        return Claimed(claimed.id, token, claimed.attempt, hook.url, hook.secret, body)


def _sendable(now: float) -> tuple[ColumnElement[bool], ...]:
    """The conditions of messages that are due, of users with none being sent who may still get
    them: not banned and, for uploads, still an admin."""
    busy = aliased(Delivery)
    is_busy = exists().where(busy.user_id == Delivery.user_id, busy.state == State.RUNNING)
    may_get = exists().where(
        User.id == Delivery.user_id,
        User.banned_at.is_(None),
        or_(Delivery.kind != EventKind.UPLOAD, User.role == Role.ADMIN),
    )
    return (Delivery.state == State.QUEUED, Delivery.due_at <= now, ~is_busy, may_get)


def _something_due(now: float) -> Exists:
    due = and_(Delivery.state == State.QUEUED, Delivery.due_at <= now)
    lost = and_(Delivery.state == State.RUNNING, Delivery.lease_until < now)
    return exists().where(or_(due, lost))


def record(db: Database, claimed: Claimed, attempted: Attempted) -> bool:
    """running -> done if the receiver accepted it; else -> queued for later, or set aside at the
    last attempt.

    False if the claim is lost, or the webhook is deleted. Raises UnavailableError.
    """
    with db.write() as session:
        held = leases.held(Delivery, claimed.id, claimed.token)
        row = leases.locked(session, Delivery, held)
        if row is None:
            return False
        now = db.now(session)
        row.status = attempted.status
        if attempted.error:
            _try_again(row, attempted.error, now)
        else:
            _end(row, now)
    return True


def _try_again(row: Delivery, error: str, now: float) -> None:
    row.error = error[:_LONGEST_ERROR]
    if row.attempt >= MAX_ATTEMPTS:
        _end(row, now, f"given up after {row.attempt} attempts")
        return
    leases.release(row, now)
    pause_s = PAUSES_S[row.attempt - 1]
    row.due_at = now + pause_s + random.uniform(0, pause_s / 10)  # noqa: S311 - no secret


def _end(row: Delivery, now: float, failure: str = "") -> None:
    row.state, row.finished_at, row.failure = State.DONE, now, failure
    row.token = row.lease_until = None
    if not failure:
        row.error = ""


def send_test(db: Database, user_id: str, hook_id: str) -> DeliveryView:
    """Queue a test message to this webhook.

    Raises NotFoundError; ConflictError if a test is on its way already, so that nobody can make us
    send many messages; UnavailableError.
    """
    with db.write() as session:
        lock_user(session, user_id)
        hook = _own_hook(session, user_id, hook_id, lock=True)
        of_hook = (Delivery.webhook_id == hook.id) & (Delivery.kind == TEST)
        if session.scalar(select(exists().where(of_hook, Delivery.state != State.DONE))):
            raise ConflictError("A test is on its way already; see the deliveries.")
        (made,) = tell(db, session, [hook], TEST, {"webhook": hook.id})
        return _view(session.get_one(Delivery, made))


def send_again(db: Database, user_id: str, hook_id: str, delivery_id: str) -> DeliveryView:
    """set aside -> queued: the same message with the same id, and as many attempts as a new one.

    Raises NotFoundError; ConflictError if it is not set aside, or MAX_WAITING wait already;
    UnavailableError.
    """
    with db.write() as session:
        lock_user(session, user_id)
        hook = _own_hook(session, user_id, hook_id)
        of_hook = (Delivery.id == delivery_id) & (Delivery.webhook_id == hook.id)
        row = leases.locked(session, Delivery, of_hook)
        if row is None:
            raise NotFoundError("This webhook has no such delivery.")
        if not row.failure:
            raise ConflictError("Only a message that was set aside can be sent again.")
        if has_too_many(session, hook.id):
            raise ConflictError(f"{MAX_WAITING} messages of this webhook wait already.")
        now = db.now(session)
        leases.release(row, now)
        row.attempt, row.due_at, row.finished_at, row.failure = 0, now, None, ""
        announce_after_commit(session, WEBHOOKS)
        return _view(row)


def list_deliveries(
    db: Database, user_id: str, hook_id: str, after: str | None = None, limit: int = 50
) -> tuple[list[DeliveryView], str | None]:
    """Return (a webhook's messages, newest first; the cursor of the next page, None at the end).

    Raises NotFoundError, UnavailableError.
    """
    with db.read() as session:
        hook = _own_hook(session, user_id, hook_id)
        query = select(Delivery).where(Delivery.webhook_id == hook.id)
        if after is not None:
            query = query.where(Delivery.id < after)
        rows = session.scalars(query.order_by(Delivery.id.desc()).limit(limit + 1)).all()
    views = [_view(row) for row in rows[:limit]]
    return views, views[-1].id if len(rows) > limit else None


def _own_hook(session: Session, user_id: str, hook_id: str, *, lock: bool = False) -> Webhook:
    """The webhook; with `lock`, it can't be deleted until the transaction ends."""
    how = {"read": True, "key_share": True} if lock else None
    hook = session.get(Webhook, hook_id, with_for_update=how)
    if hook is None or hook.user_id != user_id:
        raise NotFoundError("You have no such webhook.")
    return hook


def _view(row: Delivery) -> DeliveryView:
    done = "set_aside" if row.failure else "delivered"
    state = {State.QUEUED: "waiting", State.RUNNING: "sending"}.get(State(row.state), done)
    told = ": ".join(part for part in (row.failure, row.error) if part)
    due_at = row.due_at if row.state == State.QUEUED else None
    return DeliveryView(
        row.id, row.kind, state, row.attempt, row.status, told,
        row.created_at, due_at, row.finished_at,
    )  # fmt: skip


@dataclass(frozen=True, slots=True)
class DeliveryCounts:
    """How many messages of all webhooks there are in each state. `overdue_s` is how long the oldest
    message has been due of those that could be sent now; 0 if there is none."""

    waiting: int
    sending: int
    delivered: int
    set_aside: int
    overdue_s: float


def count_deliveries(session: Session, now: float, recent_s: float) -> DeliveryCounts:
    """Count the messages that wait and are being sent now, and those that ended in `recent_s`."""
    open_ = select(Delivery.state, func.count()).where(
        Delivery.state.in_((State.QUEUED, State.RUNNING))
    )
    counts = dict(session.execute(open_.group_by(Delivery.state)).all())
    # By the index: a message that ended lately was due lately, or waited for its user's turn.
    ended = (
        select(
            func.count().filter(Delivery.failure == ""), func.count().filter(Delivery.failure != "")
        )
        .where(Delivery.state == State.DONE, Delivery.due_at >= now - recent_s - LOOKED_BACK_S)
        .where(Delivery.finished_at >= now - recent_s)
    )
    delivered, set_aside = session.execute(ended).one()
    first = session.scalar(select(func.min(Delivery.due_at)).where(*_sendable(now)))
    return DeliveryCounts(
        waiting=counts.get(State.QUEUED, 0),
        sending=counts.get(State.RUNNING, 0),
        delivered=delivered,
        set_aside=set_aside,
        overdue_s=0.0 if first is None else max(0.0, now - first),
    )


def forget_old(db: Database) -> bool:
    """Delete some deliveries that ended more than KEPT_S ago; return whether there may be more.

    Raises UnavailableError.
    """
    with db.write() as session:
        before = db.now(session) - KEPT_S
        old = (
            select(Delivery.id)
            .where(Delivery.state == State.DONE, Delivery.due_at < before)
            .where(Delivery.finished_at < before)
            .limit(_AT_A_TIME)
        )
        ended = session.scalars(old).all()
        session.execute(delete(Delivery).where(Delivery.id.in_(ended)))
    return len(ended) == _AT_A_TIME
