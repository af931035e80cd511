"""What happened in a team, for its members to follow: appended in the transaction that makes it
true, and announced after it.

`accepted` (a member's submission was accepted), `board` (the order of the team's board of all time
changed), `joined` and `left`. Only what counts on boards is told, and so nothing of an interview.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import delete, func, select, text
from sqlalchemy.orm import Session

from judge.db.models import User
from judge.db.session import Database, announce_after_commit
from judge.db.team_models import TeamEvent
from judge.events import EventView

# Any constant does; it must differ from those of the boards and the migrations.
_ADVISORY_LOCK = 0x5104053
_LOCK = text("SELECT pg_advisory_xact_lock(:key)")
_AT_A_TIME = 1000


def channel_of(team_id: str) -> str:
    """What is announced and listened to, in a submission's place, for a team."""
    return f"team:{team_id}"


def append_events(
    db: Database,
    session: Session,
    user_id: str,
    happened: Sequence[tuple[str, str, Mapping[str, Any]]],
) -> None:
    """Append events (the team's id, kind, data) that tell of this user, in the caller's
    transaction.

    Whoever locks the boards or users does so before: this lock comes last.
    """
    if not happened:
        return
    if db.is_postgres:
        # Until the commit, so that ids grow in the order of commits, and who goes on after an id
        # misses none.
        session.execute(_LOCK, {"key": _ADVISORY_LOCK})
    now = db.now(session)
    for team_id, kind, data in happened:
        session.add(TeamEvent(team_id=team_id, user_id=user_id, kind=kind, data=dict(data), at=now))
        # At once: rows that are inserted together get their ids in any order.
        session.flush()
        announce_after_commit(session, channel_of(team_id))


def replay(db: Database, team_id: str, after_id: int) -> list[EventView]:
    """The team's events with a greater id than `after_id`, oldest first, with the names that
    people have now; those of banned ones are left out. Raises UnavailableError."""
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
    """The id of the team's newest event, 0 where there is none. Raises UnavailableError."""
    with db.read() as session:
        newest = select(func.max(TeamEvent.id)).where(TeamEvent.team_id == team_id)
        return session.scalar(newest) or 0


def forget_old(db: Database, kept_s: float) -> None:
    """Delete some of the oldest events, of those older than `kept_s` seconds.

    Raises UnavailableError.
    """
    with db.write() as session:
        old = (
            select(TeamEvent.id)
            .where(TeamEvent.at < db.now(session) - kept_s)
            .order_by(TeamEvent.id)
            .limit(_AT_A_TIME)
        )
        session.execute(delete(TeamEvent).where(TeamEvent.id.in_(old)))
