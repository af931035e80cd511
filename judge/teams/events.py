"""Events of a team, for its members to follow: appended in the transaction that makes them true,
and announced after it.

`accepted` (a member's submission was accepted), `board` (the order of the team's all-time board
changed), `joined` and `left`. Only submissions that count on boards cause events, so none of an
interview does.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import delete, func, select, text
from sqlalchemy.orm import Session

from judge.db.models import User
from judge.db.session import Database, announce_after_commit
from judge.db.team_models import TeamEvent
from judge.db.upsert import changed
from judge.events import EventView

# Any constant does, if it differs from those of the boards and the migrations.
ADVISORY_LOCK = 0x5104053
_LOCK = text("SELECT pg_advisory_xact_lock(:key)")
_AT_A_TIME = 1000


def channel_of(team_id: str) -> str:
    """Takes the place of a submission's id when a team's events are announced and listened to."""
    return f"team:{team_id}"


def lock_events(db: Database, session: Session) -> None:
    """Lock all teams' events until commit, so that ids grow in commit order, and a reader who
    continues after an id misses none. SQLite has one writer anyway."""
    if db.is_postgres:
        session.execute(_LOCK, {"key": ADVISORY_LOCK})


def append_events(
    db: Database,
    session: Session,
    user_id: str,
    happened: Sequence[tuple[str, str, Mapping[str, Any]]],
) -> None:
    """Append events (the team's id, kind, data) about this user, in the caller's transaction.

    A caller that also locks the boards or users does so before: this lock comes last.
    """
    if not happened:
        return
    lock_events(db, session)
    now = db.now(session)
    for team_id, kind, data in happened:
        session.add(TeamEvent(team_id=team_id, user_id=user_id, kind=kind, data=dict(data), at=now))
        # One at a time: rows that are inserted together get their ids in any order.
        session.flush()
        announce_after_commit(session, channel_of(team_id))


def replay(db: Database, team_id: str, after_id: int) -> list[EventView]:
    """The team's events with a greater id than `after_id`, oldest first, with users' present
    names; events about banned users are left out. Raises UnavailableError."""
    query = (
        select(TeamEvent, User.name)
        .join(User, User.id == TeamEvent.user_id)
        .where(TeamEvent.team_id == team_id, TeamEvent.id > after_id, User.banned_at.is_(None))
        .order_by(TeamEvent.id)
        .limit(_AT_A_TIME)
    )
    with db.read() as session:
        return [
            EventView(row.id, row.kind, {"user": name, **row.data}, row.at)
            for row, name in session.execute(query)
        ]


def newest_id(db: Database, team_id: str) -> int:
    """The id of the team's newest event, 0 if there is none. Raises UnavailableError."""
    with db.read() as session:
        newest = select(func.max(TeamEvent.id)).where(TeamEvent.team_id == team_id)
        return session.scalar(newest) or 0


def forget_old(db: Database, kept_s: float) -> bool:
    """Delete some of the oldest events that are older than `kept_s` seconds; return whether there
    may be more. Raises UnavailableError."""
    with db.write() as session:
        old = (
            select(TeamEvent.id)
            .where(TeamEvent.at < db.now(session) - kept_s)
            .order_by(TeamEvent.id)
            .limit(_AT_A_TIME)
        )
        deleted = changed(session, delete(TeamEvent).where(TeamEvent.id.in_(old)))
    return deleted == _AT_A_TIME
