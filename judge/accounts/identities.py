"""Finds the account of a person whom a provider of single sign-on has identified.

A linked account is found by the issuer and its name for the person. An account that is not linked
yet is found by its address, and only if the provider has verified that address. Only a provider or
an admin gives an account its address, so that nobody can reserve another person's address.
"""

import re
import secrets
from collections.abc import Callable, Iterator

from sqlalchemy import delete, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from judge.accounts.closed import account_closed
from judge.accounts.guests import become_user
from judge.accounts.usernames import is_reserved, name_key, name_like
from judge.accounts.users import Role, User, insert_user, user_of
from judge.db import models
from judge.db.session import Database
from judge.errors import ConflictError, ForbiddenError, InvalidError
from judge.sso.provider import Identity, Provider

# ASCII letters only: other letters may look alike, or become the same one in lower case.
_ADDRESS = re.compile(r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~.-]{1,64}@[A-Za-z0-9-]+(\.[A-Za-z0-9-]+)*")
_MOST_ADDRESS = 254
FRESH_S = 600.0
_NAMES_TRIED = 9


def checked_address(address: str) -> str:
    """Return `address` as it is stored. Raises InvalidError(field="address")."""
    if len(address) > _MOST_ADDRESS or not _ADDRESS.fullmatch(address):
        raise InvalidError("Write the address as name@example.org, in plain letters.", "address")
    return address.lower()


def set_address(session: Session, row: models.User, address: str | None) -> None:
    """Set an account's address and delete its links: the next sign-in links the account again.

    Raises ConflictError if another account has the address.
    """
    session.execute(delete(models.LinkedIdentity).where(models.LinkedIdentity.user_id == row.id))
    row.address = address
    try:
        session.flush()
    except IntegrityError as error:
        raise ConflictError("Another account has this address.") from error


def has_password(db: Database, user_id: str) -> bool:
    """Whether the account has a password; one made by single sign-on has none."""
    with db.read() as session:
        return bool(session.get_one(models.User, user_id).password_hash)


def is_fresh(db: Database, token_id: str) -> bool:
    """Whether the session began less than `FRESH_S` ago: the check for accounts without a
    password."""
    with db.read() as session:
        begun_at = session.get_one(models.Token, token_id).created_at
        return db.now(session) - begun_at < FRESH_S


def user_of_identity(
    db: Database,
    provider: Provider,
    identity: Identity,
    *,
    admit: Callable[[], None],
    guest_id: str | None = None,
) -> User:
    """Return the account of the person whom `provider` has identified. If there is none, create
    one, or turn the guest with `guest_id` into it.

    `admit` is called before an account is created, and raises if none may be. Raises
    ForbiddenError if the address is not verified, if `provider` may not vouch for it, or if the
    account is closed; ConflictError if the address belongs to another person of this provider.
    """
    found = _linked(db, provider, identity)
    if found is not None:
        return found
    admit()
    for name in _names(identity):
        try:
            with db.write() as session:
                if _is_taken(session, name):
                    continue
                if guest_id is None:
                    user = insert_user(db, session, name, "", Role.USER)
                else:
                    user = become_user(db, session, guest_id, name, "")
                session.get_one(models.User, user.id).address = _address(provider, identity)
                _link(db, session, user.id, identity)
                return user
        except IntegrityError:
            # Another user took the name just now, or the same person signs in twice at once.
            found = _linked(db, provider, identity)
            if found is not None:
                return found
    raise ConflictError("No name was free for your account. Try again.")


def _linked(db: Database, provider: Provider, identity: Identity) -> User | None:
    """Return the existing account, and link it if it is not linked yet."""
    key = (identity.issuer, identity.subject)
    try:
        with db.write() as session:
            link = session.get(models.LinkedIdentity, key)
            if link is not None:
                return _open(session.get_one(models.User, link.user_id))
            address = _address(provider, identity)
            row = session.scalar(select(models.User).where(models.User.address == address))
            if row is None:
                return None
            user = _open(row)
            _link(db, session, row.id, identity)
            return user
    except IntegrityError as error:
        with db.read() as session:
            link = session.get(models.LinkedIdentity, key)
            if link is not None:  # the same person in a second window
                return _open(session.get_one(models.User, link.user_id))
        # A provider may give an old address to another person, who must not get this account.
        raise ConflictError(
            "The account with your address is linked to another person at this provider. An admin "
            "can set that account's address again, which removes the link."
        ) from error


def _address(provider: Provider, identity: Identity) -> str:
    if identity.address is None:
        raise ForbiddenError(
            "The provider has not verified your email address. Verify it there, then sign in again."
        )
    try:
        address = checked_address(identity.address)
    except InvalidError as error:
        raise ForbiddenError(
            "Your email address at the provider can't be used here: it must be name@example.org in "
            "plain letters. Change it there, or ask an admin for an account."
        ) from error
    if not provider.speaks_for(address):
        raise ForbiddenError(
            "This provider may not sign in people with email addresses of this domain. Ask an "
            "admin of this service."
        )
    return address


def _link(db: Database, session: Session, user_id: str, identity: Identity) -> None:
    session.add(
        models.LinkedIdentity(
            issuer=identity.issuer,
            subject=identity.subject,
            user_id=user_id,
            created_at=db.now(session),
        )
    )
    session.flush()


def _open(row: models.User) -> User:
    if row.banned_at is not None:
        raise account_closed()
    return user_of(row)


def _names(identity: Identity) -> Iterator[str]:
    """Yield names to try: the wanted one, the same with a number, finally with a random ending."""
    likes = (name_like(one) for one in (*identity.wanted, identity.address or ""))
    base = next((one for one in likes if one and not is_reserved(one)), "user")
    yield base
    yield from (f"{base}-{number}" for number in range(2, _NAMES_TRIED))
    yield f"{base}-{secrets.token_hex(4)}"


def _is_taken(session: Session, name: str) -> bool:
    found = select(models.User.id).where(models.User.name_key == name_key(name))
    return session.scalar(found) is not None
