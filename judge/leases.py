"""Leases: a row belongs to one worker for as long as that worker renews its lease.

    queued --claim--> running --(the work's own end)--> done
      ^                  |
      +---- released, or the lease has expired

Judgings (`judge.submissions.lifecycle`), chores (`judge.background_jobs`) and deliveries of
webhooks (`judge.webhooks.deliveries`) share the conditions and statements by which a row is
claimed, held and released. Every change of state is one conditional UPDATE; a caller that changes
no row has lost. A claim returns a token, and only the holder of the row's token may write.
"""

from dataclasses import dataclass
from functools import cache
from typing import Any, TypeVar

from sqlalchemy import (
    BindParameter,
    ColumnElement,
    Row,
    Select,
    and_,
    bindparam,
    exists,
    func,
    select,
    update,
)
from sqlalchemy.orm import Session
from sqlalchemy.sql.dml import ReturningUpdate

from judge.db.background_models import Chore
from judge.db.models import Base, Judging
from judge.db.session import Database
from judge.db.upsert import changed
from judge.db.webhook_models import Delivery
from judge.states import State

Leased = TypeVar("Leased", Judging, Chore, Delivery)
_LEASED: dict[str, type[Any]] = {"judging": Judging, "chore": Chore}
AHEAD_S = 600.0
"""A time (s) so far in the future was stored before the clock was set back."""


def claim(
    session: Session,
    model: type[Leased],
    id: str,
    *,
    token: str,
    worker: str,
    now: float,
    lease_s: float,
    max_attempts: int,
) -> Row[Any] | None:
    """queued -> running. Return the row's columns after that, None if the row can't be claimed."""
    values = {
        "claimed_id": id,
        "most_attempts": max_attempts,
        "new_token": token,
        "new_worker": worker,
        "new_lease_until": now + lease_s,
        "now": now,
    }
    return session.connection().execute(_claiming(model), values).one_or_none()


# Statements are built once, not for each judging: building one takes longer than running it. They
# return columns: what the ORM adds to an UPDATE that returns a row takes longer than the UPDATE.
@cache
def _claiming(model: type[Leased]) -> ReturningUpdate[*tuple[Any, ...]]:
    table = Base.metadata.tables[model.__tablename__]
    row = table.c
    return (
        update(table)
        .where(
            row.id == bindparam("claimed_id"),
            row.state == State.QUEUED,
            row.attempt < bindparam("most_attempts"),
        )
        .values(
            state=State.RUNNING,
            attempt=row.attempt + 1,
            token=bindparam("new_token"),
            worker=bindparam("new_worker"),
            lease_until=bindparam("new_lease_until"),
            # The start of the first attempt is kept.
            started_at=func.coalesce(row.started_at, bindparam("now")),
        )
        .returning(table)
    )


def held(
    model: type[Leased], id: str | BindParameter[str], token: str | BindParameter[str]
) -> ColumnElement[bool]:
    """The condition that the holder of `token` still has the row."""
    row = Base.metadata.tables[model.__tablename__].c
    return and_(row.id == id, row.state == State.RUNNING, row.token == token)


@dataclass(frozen=True, slots=True)
class Lease:
    """The values by which a claim is renewed: plain data, so that another process can renew it."""

    of: str
    """`judging` or `chore`."""
    id: str
    token: str


def renew(db: Database, lease: Lease, lease_s: float) -> bool:
    """running -> running with a longer lease. False if the claim is lost: then stop the work."""
    model = _LEASED[lease.of]
    with db.write() as session:
        until = db.now(session) + lease_s
        mine = held(model, lease.id, lease.token)
        return changed(session, update(model).where(mine).values(lease_until=until)) == 1


def bring_near(db: Database, lease_s: float) -> None:
    """The reconciler's round: after the clock was set back, let no lease end later than a new one.

    Else work whose worker is dead would wait until the clock is again where it was. A worker that
    is alive renews its lease long before.
    """
    with db.read() as session:
        now = db.now(session)
        ahead = now + max(AHEAD_S, 2 * lease_s)
        models = [
            model
            for model in _LEASED.values()
            if session.scalar(select(exists().where(*_leased_until_after(model, ahead))))
        ]
    for model in models:
        with db.write() as session:
            far = update(model).where(*_leased_until_after(model, ahead))
            session.execute(far.values(lease_until=now + lease_s))


def _leased_until_after(model: type[Any], at: float) -> tuple[ColumnElement[bool], ...]:
    return (model.state == State.RUNNING, model.lease_until > at)


def expired(model: type[Leased], now: float, limit: int) -> Select[Leased]:
    """A query that locks rows whose lease has expired, each for one reconciler only."""
    return (
        select(model)
        .where(model.state == State.RUNNING, model.lease_until < now)
        .order_by(model.lease_until)
        .limit(limit)
        .with_for_update(skip_locked=True, key_share=True)
    )


def locked(session: Session, model: type[Leased], condition: ColumnElement[bool]) -> Leased | None:
    """The row that meets `condition`, locked until the transaction ends; None if there is none.

    On PostgreSQL, FOR UPDATE checks the condition again once it has the lock. On SQLite, the write
    transaction excludes all others.
    """
    return session.scalar(select(model).where(condition).with_for_update(key_share=True))


def release(row: Judging | Chore | Delivery, now: float) -> None:
    """running -> queued, on a locked row."""
    row.state = State.QUEUED
    row.token = row.worker = row.lease_until = None
    row.enqueued_at = now
