"""What an admin holds back by hand: the taking of work by all workers (a pause) or by one of them
(a drain). What has begun goes on to its end.

Both are rows, so that they outlast every process. A worker asks for them in the transaction that
claims: once the row is committed, nothing more is taken.
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
"""The one thing that can be paused: all that workers take."""

_pause, _worker = Pause.__table__.c, Worker.__table__.c
IS_HELD = or_(
    exists().where(_pause.what == _JUDGING),
    exists().where(_worker.id == bindparam("worker_id"), _worker.draining_at.is_not(None)),
)
"""Whether the worker `worker_id` is to take nothing; part of other statements."""
_HELD = select(IS_HELD)
_PAUSED = select(exists().where(Pause.what == _JUDGING))


class WorkHeldError(ShousiError):
    """Nothing may be taken: all workers pause, or this one is drained. `purpose` and `requires` are
    those of the judging that was asked for."""

    def __init__(self, purpose: Purpose, requires: str) -> None:
        super().__init__("Judging is paused, or this worker is drained")
        self.purpose = purpose
        self.requires = requires


@dataclass(frozen=True, slots=True)
class PauseView:
    """Since when nothing is taken (epoch seconds), by which admin (name), and why, if said."""

    at: float
    by: str
    reason: str


def pause(db: Database, *, by: str, reason: str) -> PauseView:
    """Have all workers take nothing more. One that lasts already stays as it is.

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
    """Let workers take what waits. Raises UnavailableError."""
    with db.write() as session:
        row = session.get(Pause, _JUDGING, with_for_update=True)
        if row is not None:
            session.delete(row)
            note_act(db, session, by, "resumeJudging", "")


def read_pause(db: Database) -> PauseView | None:
    """The pause that lasts, if any. Raises UnavailableError."""
    with db.read() as session:
        return _read(session)


def _read(session: Session) -> PauseView | None:
    query = select(Pause, User.name).join(User, User.id == Pause.user_id)
    found = session.execute(query.where(Pause.what == _JUDGING)).one_or_none()
    return None if found is None else PauseView(found[0].at, found[1], found[0].reason)


def is_paused(session: Session | Connection) -> bool:
    """Whether workers take nothing."""
    return bool(session.scalar(_PAUSED))


def drain(db: Database, worker_id: str, *, by: str, drained: bool) -> None:
    """Have one worker take nothing more, or let it go on.

    Raises NotFoundError, UnavailableError.
    """
    with db.write() as session:
        row = session.get(Worker, worker_id, with_for_update=True)
        if row is None:
            raise NotFoundError(f"There is no worker {worker_id[:100]!r}.")
        if drained == (row.draining_at is not None):
            return
        row.draining_at = db.now(session) if drained else None
        note_act(db, session, by, "drainWorker", row.id, {"drained": drained})


def is_held(session: Session, worker_id: str | None) -> bool:
    """Whether this worker is to take nothing."""
    return bool(session.scalar(_HELD, {"worker_id": worker_id}))
