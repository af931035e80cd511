"""Lets an admin hold back work: all workers (a pause) or one of them (a drain) take no more of it.
Work that has begun is finished.

Both are rows, so that they outlast every process. A worker checks them in the transaction that
claims: once the row is committed, no more work is taken.
"""

from dataclasses import dataclass

from sqlalchemy import Connection, bindparam, exists, or_, select
from sqlalchemy.orm import Session

from judge.audit import note_act
from judge.db.models import Pause, User, Worker
from judge.db.session import Database
from judge.db.upsert import insert_new
from judge.errors import NotFoundError, ShousiError
from judge.states import Purpose

_JUDGING = "judging"
"""The only thing that can be paused: all work that workers take."""

_pause, _worker = Pause.__table__.c, Worker.__table__.c
IS_HELD = or_(
    exists().where(_pause.what == _JUDGING),
    exists().where(_worker.id == bindparam("worker_id"), _worker.draining_at.is_not(None)),
)
"""The condition that the worker `worker_id` must take no work; part of other statements."""
_HELD = select(IS_HELD)
_PAUSED = select(exists().where(Pause.what == _JUDGING))


class WorkHeldError(ShousiError):
    """No work may be taken: all workers are paused, or this one is drained. `purpose` and
    `requires` are those of the judging that was asked for."""

    def __init__(self, purpose: Purpose, requires: str) -> None:
        super().__init__("Judging is paused, or this worker is drained")
        self.purpose = purpose
        self.requires = requires


@dataclass(frozen=True, slots=True)
class PauseView:
    """A pause: since when (epoch seconds), by which admin (name), and the reason, if given."""

    at: float
    by: str
    reason: str


def pause(db: Database, *, by: str, reason: str) -> PauseView:
    """Make all workers take no more work. An existing pause stays as it is.

    Raises UnavailableError.
    """
    with db.write() as session:
        values = {"what": _JUDGING, "user_id": by, "reason": reason, "at": db.now(session)}
        if insert_new(session, Pause, values):
            note_act(db, session, by, "pauseJudging", "", {"reason": reason})
        found = _read(session)
        assert found is not None
        return found


def resume(db: Database, *, by: str) -> None:
    """End the pause: workers take work again. Raises UnavailableError."""
    with db.write() as session:
        row = session.get(Pause, _JUDGING, with_for_update={"key_share": True})
        if row is not None:
            session.delete(row)
            note_act(db, session, by, "resumeJudging", "")


def read_pause(db: Database) -> PauseView | None:
    """The current pause, if any. Raises UnavailableError."""
    with db.read() as session:
        return _read(session)


def _read(session: Session) -> PauseView | None:
    query = select(Pause, User.name).join(User, User.id == Pause.user_id)
    found = session.execute(query.where(Pause.what == _JUDGING)).one_or_none()
    return None if found is None else PauseView(found[0].at, found[1], found[0].reason)


def is_paused(session: Session | Connection) -> bool:
    """Whether workers are paused."""
    return bool(session.scalar(_PAUSED))


def drain(db: Database, worker_id: str, *, by: str, drained: bool) -> None:
    """Make one worker take no more work, or let it take work again.

    Raises NotFoundError, UnavailableError.
    """
    with db.write() as session:
        row = session.get(Worker, worker_id, with_for_update={"key_share": True})
        if row is None:
            raise NotFoundError(f"There is no worker {worker_id[:100]!r}.")
        if drained == (row.draining_at is not None):
            return
        row.draining_at = db.now(session) if drained else None
        note_act(db, session, by, "drainWorker", row.id, {"drained": drained})


def is_held(session: Session, worker_id: str | None) -> bool:
    """Whether this worker must take no work."""
    return bool(session.scalar(_HELD, {"worker_id": worker_id}))
