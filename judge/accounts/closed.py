"""Keeps accounts from being closed while a transaction stores data of theirs.

A request's token is checked before its transaction begins. Between the two, the account may be
banned, or deleted with all of its data: data that is stored after that would stay for ever.
"""

from collections.abc import Collection

from sqlalchemy import bindparam, select
from sqlalchemy.orm import Session

from judge.db.models import User
from judge.errors import ForbiddenError

_user = User.__table__.c
# Built once, because it runs for each submission. FOR KEY SHARE: this transaction and one that
# deletes the account wait for each other, but verdicts and other requests of the user wait for
# neither.
_KEPT_OPEN = (
    select(_user.id)
    .where(_user.id.in_(bindparam("user_ids", expanding=True)), _user.banned_at.is_(None))
    .order_by(_user.id)
    .with_for_update(read=True, key_share=True)
)


def kept_open(session: Session, user_ids: Collection[str]) -> set[str]:
    """Return those of the accounts that are open; they stay open until the transaction ends."""
    asked = {"user_ids": list(user_ids)}
    return set(session.connection().execute(_KEPT_OPEN, asked).scalars())


def account_closed() -> ForbiddenError:
    """The error for a request of a closed account."""
    return ForbiddenError("Your account is closed. Ask an admin of this service.")


def keep_open(session: Session, user_id: str) -> None:
    """Do what `kept_open` does for one account. Raises ForbiddenError if it is closed."""
    if not kept_open(session, [user_id]):
        raise account_closed()
