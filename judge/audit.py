"""The audit log: what admins did, appended and never changed."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from judge.db.models import User
from judge.db.session import Database
from judge.db.team_models import AuditEntry


@dataclass(frozen=True, slots=True)
class Act:
    """One entry: who did what to what. `action` is the API's operation, `at` is in epoch
    seconds."""

    id: int
    actor: str
    action: str
    target: str
    data: Mapping[str, Any]
    at: float


@dataclass(frozen=True, slots=True)
class ActPage:
    """A page of the log, newest first; `next` is the cursor of the next page."""

    items: tuple[Act, ...]
    next: int | None


def note_act(
    db: Database,
    session: Session,
    actor_id: str,
    action: str,
    target: str,
    data: Mapping[str, Any] | None = None,
) -> None:
    """Append an entry in the caller's transaction, the one that makes the change."""
    entry = AuditEntry(
        actor_id=actor_id, action=action, target=target, data=dict(data or {}), at=db.now(session)
    )
    session.add(entry)


def list_acts(db: Database, after: int | None = None, limit: int = 50) -> ActPage:
    """The log, newest first. Raises UnavailableError."""
    query = (
        select(AuditEntry, User.name)
        .join(User, User.id == AuditEntry.actor_id)
        .order_by(AuditEntry.id.desc())
        .limit(limit + 1)
    )
    if after is not None:
        query = query.where(AuditEntry.id < after)
    with db.read() as session:
        found = [
            Act(row.id, name, row.action, row.target, row.data, row.at)
            for row, name in session.execute(query)
        ]
    return ActPage(tuple(found[:limit]), found[limit - 1].id if len(found) > limit else None)
