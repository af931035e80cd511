"""Writes the messages to webhooks: a row for each, in the transaction that makes it true.

So a message is written if and only if its event has happened, whichever process is killed.
`judge.webhooks.deliveries` sends the messages.
"""

import json
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import ColumnElement, Select, or_, select
from sqlalchemy.orm import Session

from judge.accounts.users import Role
from judge.db.models import User
from judge.db.session import Database, announce_after_commit
from judge.db.team_models import Team
from judge.db.upsert import insert_all
from judge.db.webhook_models import Delivery, Webhook
from judge.ids import new_id
from judge.states import State
from judge.webhooks.hooks import EventKind

WEBHOOKS = "webhooks"
"""Takes the place of a submission's id in hints that there is something to send."""
MAX_WAITING = 1000
"""How many deliveries of one webhook may wait; further ones are set aside at once."""
OWN = Webhook.team_id.is_(None) & Webhook.problem_id.is_(None)


def hooks_for(kind: EventKind, which: ColumnElement[bool]) -> Select[Webhook]:
    """The webhooks among `which` whose owners may still be told of this kind of event. They can't
    be deleted until the transaction ends: its messages refer to them."""
    owns = select(Team.id).where(Team.id == Webhook.team_id, Team.owner_id == Webhook.user_id)
    query = (
        select(Webhook)
        .join(User, User.id == Webhook.user_id)
        .where(which, User.banned_at.is_(None))
        .where(or_(Webhook.team_id.is_(None), owns.exists()))
        # FOR KEY SHARE: any number of transactions may tell the same webhook.
        .with_for_update(of=Webhook, read=True, key_share=True)
    )
    # Only admins': a former admin keeps the webhook, but gets nothing.
    return query.where(User.role == Role.ADMIN) if kind is EventKind.UPLOAD else query


def tell(
    db: Database,
    session: Session,
    hooks: Sequence[Webhook],
    kind: str,
    data: Mapping[str, Any],
    *,
    about: str | None = None,
) -> list[str]:
    """Write a message for each of these webhooks; return the messages' ids. `about` is the user
    whom the message is about; the message is deleted with that user's account.
    """
    if not hooks:
        return []
    now = db.now(session)
    at = datetime.fromtimestamp(now, UTC).isoformat(timespec="milliseconds")
    message = {"type": kind, "timestamp": at.replace("+00:00", "Z"), "data": dict(data)}
    body = json.dumps(message, ensure_ascii=False, separators=(",", ":"))
    rows = []
    for hook in hooks:
        is_full = has_too_many(session, hook.id)
        rows.append(
            {
                "id": new_id(),
                "webhook_id": hook.id,
                "user_id": hook.user_id,
                "about_id": about,
                "kind": kind,
                "body": body,
                "state": State.DONE if is_full else State.QUEUED,
                "attempt": 0,
                "due_at": now,
                "enqueued_at": now,
                "created_at": now,
                "finished_at": now if is_full else None,
                "error": "",
                "failure": f"{MAX_WAITING} messages wait already" if is_full else "",
            }
        )
    insert_all(session, Delivery, rows)
    announce_after_commit(session, WEBHOOKS)
    return [str(row["id"]) for row in rows]


def has_too_many(session: Session, hook_id: str) -> bool:
    """Whether MAX_WAITING messages of this webhook wait, so that it gets no more now."""
    waiting = select(Delivery.id).where(
        Delivery.webhook_id == hook_id, Delivery.state == State.QUEUED
    )
    return session.scalar(waiting.offset(MAX_WAITING - 1).limit(1)) is not None


def told_uploads(session: Session) -> list[Webhook]:
    """The admins' webhooks that get events of uploads."""
    found = session.scalars(hooks_for(EventKind.UPLOAD, OWN))
    return [hook for hook in found if EventKind.UPLOAD in hook.kinds]
