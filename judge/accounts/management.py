"""Changes of existing accounts: passwords, roles, bans, sign-in links.

What an admin does is written to the audit log in the same transaction.
"""

from dataclasses import dataclass
from typing import Any

from sqlalchemy import select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from judge.accounts.identities import checked_address, set_address
from judge.accounts.leaving import is_deleted
from judge.accounts.passwords import checked_password, hash_password, verify_password
from judge.accounts.secrets import hash_secret
from judge.accounts.usernames import checked_name, is_reserved, name_key
from judge.accounts.users import Role, TokenKind, User, insert_user, issue_token, user_of
from judge.audit import note_act
from judge.boards.keeping import list_user, lock_exclusive
from judge.db import models
from judge.db.session import Database
from judge.db.upsert import changed
from judge.errors import ConflictError, ForbiddenError, GoneError, InvalidError, NotFoundError
from judge.teams.invitations import use_for_account

LINK_TTL_S = 86400.0
SIGN_IN_PATH = "/sign-in"


@dataclass(frozen=True, slots=True)
class Account:
    """A user's account, as admins see it; times in epoch seconds."""

    id: str
    name: str
    role: Role
    created_at: float
    banned_at: float | None
    address: str | None = None


@dataclass(frozen=True, slots=True)
class AccountPage:
    """A page of the list, newest first; `next` is the cursor of the next page."""

    items: tuple[Account, ...]
    next: str | None


def create_invited_user(db: Database, name: str, password: str, word: str) -> User:
    """Create an account by an admin's invitation, which is used up only if that succeeds.

    Raises as `users.create_user` does, and NotFoundError or GoneError for the invitation.
    """
    stored = checked_name(name)
    if is_reserved(stored):
        raise InvalidError(f"The name {stored!r} is reserved.", "name")
    hashed = hash_password(checked_password(password))
    try:
        with db.write() as session:
            use_for_account(db, session, word)
            return insert_user(db, session, stored, hashed, Role.USER)
    except IntegrityError as error:
        raise ConflictError(f"The name {stored!r} is taken.") from error


def change_password(db: Database, user_id: str, old: str, new: str, *, keep_token: str) -> None:
    """Set a new password; every other token and session of the user ends.

    Raises InvalidError (field `old_password` or `new_password`), UnavailableError.
    """
    with db.read() as session:
        stored = session.get_one(models.User, user_id).password_hash
    if not verify_password(old, stored):
        raise InvalidError("That is not your password.", "old_password")
    # Hashing is slow on purpose, so it is done before the write transaction begins.
    try:
        hashed = hash_password(checked_password(new))
    except InvalidError as error:
        # `checked_password` names the field `password`; the form has two of them.
        raise InvalidError(str(error), "new_password") from error
    with db.write() as session:
        # The old hash is part of the condition: of two changes at once only the first succeeds.
        now_set = update(models.User).where(
            models.User.id == user_id, models.User.password_hash == stored
        )
        if changed(session, now_set.values(password_hash=hashed)) == 0:
            raise InvalidError("Your password was changed in the meantime.", "old_password")
        _end_tokens(db, session, user_id, but=keep_token)


def _end_tokens(db: Database, session: Session, user_id: str, but: str | None = None) -> None:
    ended = update(models.Token).where(
        models.Token.user_id == user_id,
        models.Token.revoked_at.is_(None),
        models.Token.id != (but or ""),
    )
    session.execute(ended.values(revoked_at=db.now(session)))


def issue_link(db: Database, user_id: str) -> str:
    """Return a secret that signs a user in once, within a day. Raises NotFoundError."""
    word, _ = issue_token(db, user_id, "sign-in link", LINK_TTL_S, kind=TokenKind.LINK)
    return word


def sign_in_link(url: str, word: str) -> str:
    """The URL, at the service at `url`, where `word` from `issue_link` signs its user in."""
    return f"{url}{SIGN_IN_PATH}?link={word}"


def redeem_link(db: Database, word: str) -> User:
    """Return the user whom this link signs in; it works once. Raises GoneError,
    UnavailableError."""
    with db.write() as session:
        now = db.now(session)
        link = session.scalar(
            select(models.Token)
            .where(models.Token.token_hash == hash_secret(word))
            .where(models.Token.kind == TokenKind.LINK)
            # Of two requests at once, the second sees that the link is used.
            .with_for_update(key_share=True)
        )
        user = session.get(models.User, link.user_id) if link else None
        if link is None or user is None:
            raise GoneError("This link was not made here; ask for another.")
        if link.revoked_at is not None or user.banned_at is not None:
            raise GoneError("This link was used, or its account is closed; ask for another.")
        if link.expires_at is not None and link.expires_at <= now:
            raise GoneError("This link has expired; ask for another.")
        link.revoked_at = now
        return user_of(user)


def list_accounts(db: Database, after: str | None = None, limit: int = 50) -> AccountPage:
    """All users, newest first. Raises UnavailableError."""
    # One row more than asked for shows whether there is a next page.
    query = select(models.User).order_by(models.User.id.desc()).limit(limit + 1)
    if after is not None:
        # Ids sort by creation time, so the last one shown is the cursor.
        query = query.where(models.User.id < after)
    with db.read() as session:
        found = [_account(row) for row in session.scalars(query)]
    return AccountPage(tuple(found[:limit]), found[limit - 1].id if len(found) > limit else None)


def find_account(db: Database, name: str) -> Account:
    """One user's account, as admins see it. Raises NotFoundError, UnavailableError."""
    with db.read() as session:
        row = session.scalar(select(models.User).where(models.User.name_key == name_key(name)))
        if row is None:
            raise NotFoundError(f"There is no user {name[:64]!r}.")
        return _account(row)


def change_account(
    db: Database,
    seen: Account,
    *,
    by: str,
    role: Role | None = None,
    banned: bool | None = None,
    address: str | None = None,
) -> Account:
    """Change an account's role, ban or unban it, or set its address (an empty one removes it).

    A banned user's tokens end, and boards leave that user out. Single sign-on links an account by
    its address; setting the address deletes existing links. Raises ConflictError if the account
    has changed since it was `seen`, if it is the caller's own (another admin must be able to undo
    the change), if another account has the address, for a guest's role or address, or if the
    account was deleted; ForbiddenError if the caller is no admin any more; InvalidError (field
    `address`), NotFoundError.
    """
    given = checked_address(address) if address else None
    with db.write() as session:
        # The boards before the user, as everywhere, so that no two writers wait for each other.
        lock_exclusive(db, session)
        # Read under that lock: two admins who demote each other at once leave one of them.
        admin = session.get_one(models.User, by)
        if admin.role != Role.ADMIN or admin.banned_at is not None:
            raise ForbiddenError("You are not an admin any more.")
        row = session.get(models.User, seen.id, with_for_update={"key_share": True})
        if row is None or _account(row) != seen:
            raise ConflictError("The account has changed since you read it; read it again.")
        if row.id == by:
            raise ConflictError("You can't change your own role or address, or ban yourself.")
        if is_deleted(row):
            # Unbanned, it would be on the boards again.
            raise ConflictError("This account was deleted and can't be changed any more.")
        if row.role == Role.GUEST and (role is not None or address is not None):
            raise ConflictError("A guest has no account yet: they can be banned, and nothing else.")
        told: dict[str, Any] = {}
        if role is not None and role != row.role:
            told["role"] = [row.role, role.value]
            row.role = role.value
        if banned is not None and banned != (row.banned_at is not None):
            told["banned"] = banned
            row.banned_at = db.now(session) if banned else None
            if banned:
                _end_tokens(db, session, row.id)
        if address is not None:
            told["address"] = [row.address, given]
            set_address(session, row, given)
        if told:
            list_user(session, row.id)
            note_act(db, session, by, "changeUser", row.name, told)
        return _account(row)


def _account(row: models.User) -> Account:
    return Account(row.id, row.name, Role(row.role), row.created_at, row.banned_at, row.address)
