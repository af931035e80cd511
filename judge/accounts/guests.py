"""Guests: people who submit before they have an account.

A guest is a user without a password whose only key is the browser's session. Guests stand on no
board and are in no team. A guest who makes an account keeps all earlier submissions. Any other
guest is deleted after a week, with all their data.
"""

import secrets

from sqlalchemy import delete, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from judge.accounts.leaving import forget_submissions, settled_submissions
from judge.accounts.passwords import checked_password, hash_password
from judge.accounts.usernames import checked_name, is_reserved, name_key
from judge.accounts.users import Role, User, insert_user, user_of
from judge.boards.keeping import list_user, lock_exclusive
from judge.db import models
from judge.db.board_models import BoardCell, BoardRow, FastestSolve, Judged
from judge.db.session import Database
from judge.errors import ConflictError, InvalidError
from judge.states import State
from judge.teams.invitations import use_for_account

GUEST_S = 7 * 86400.0
"""How long a guest, and the guest's session, are kept."""
# A limit for one transaction: other writers wait until it ends.
_SWEPT_AT_A_TIME = 50


def create_guest(db: Database) -> User:
    """Create a guest, whose name begins with `guest-`. Raises UnavailableError."""
    with db.write() as session:
        return insert_user(db, session, f"guest-{secrets.token_hex(8)}", "", Role.GUEST)


def claim(db: Database, user_id: str, name: str, password: str, word: str | None = None) -> User:
    """Make a guest a user with this name and password; earlier submissions stay theirs and count.

    Every session of the guest ends, because it lacks the scopes of a user. `word` is an admin's
    invitation, which is used up. Raises InvalidError (field `name` or `password`), ConflictError if
    the name is taken or the user is no guest, NotFoundError or GoneError for the invitation,
    UnavailableError.
    """
    stored = checked_name(name)
    if is_reserved(stored):
        raise InvalidError(f"The name {stored!r} is reserved.", "name")
    hashed = hash_password(checked_password(password))
    try:
        with db.write() as session:
            if word is not None:
                use_for_account(db, session, word)
            return become_user(db, session, user_id, stored, hashed)
    except IntegrityError as error:
        raise ConflictError(f"The name {stored!r} is taken.") from error


def become_user(
    db: Database, session: Session, user_id: str, name: str, password_hash: str
) -> User:
    """Do what `claim` does, in the caller's transaction. Raises ConflictError if the user is no
    guest, IntegrityError if the name is taken."""
    # Lock the boards before the user, as everywhere: else a verdict of the guest and this
    # transaction could wait for each other.
    lock_exclusive(db, session)
    row = session.get(models.User, user_id, with_for_update={"key_share": True})
    if row is None or row.role != Role.GUEST:
        raise ConflictError("You have an account already.")
    row.name, row.name_key, row.password_hash = name, name_key(name), password_hash
    row.role = Role.USER.value
    list_user(session, row.id)
    ended = update(models.Token).where(
        models.Token.user_id == row.id, models.Token.revoked_at.is_(None)
    )
    session.execute(ended.values(revoked_at=db.now(session)))
    return user_of(row)


def sweep(db: Database) -> int:
    """Delete the guests older than a week, except those with a submission that is not judged yet;
    return how many were deleted. Raises UnavailableError, ConflictError (an admin has just had a
    submission of theirs judged again)."""
    old = [models.User.role == Role.GUEST]
    with db.read() as session:
        old.append(models.User.created_at < db.now(session) - GUEST_S)
        if session.scalar(select(models.User.id).where(*old).limit(1)) is None:
            return 0
    with db.write() as session:
        # Lock the boards first, as everywhere: a rejudge that is being applied may wait for a
        # guest.
        lock_exclusive(db, session)
        pending = select(models.Judging.user_id).where(
            models.Judging.state != State.DONE, models.Judging.user_id.is_not(None)
        )
        query = (
            select(models.User.id)
            .where(*old, models.User.id.not_in(pending))
            .order_by(models.User.id)
            .limit(_SWEPT_AT_A_TIME)
            # Skip a guest whom another sweep or a claim has locked.
            .with_for_update(skip_locked=True)
        )
        guests = list(session.scalars(query))
        if guests:
            sent = settled_submissions(session, guests)
            for table in (BoardRow, BoardCell, FastestSolve, Judged):
                session.execute(delete(table).where(table.user_id.in_(guests)))
            forget_submissions(session, sent)
            session.execute(delete(models.Draft).where(models.Draft.user_id.in_(guests)))
            session.execute(delete(models.Token).where(models.Token.user_id.in_(guests)))
            session.execute(delete(models.User).where(models.User.id.in_(guests)))
    return len(guests)
