"""Users, how they sign in, and their tokens.

A token is `shousi_` (which makes a leaked one recognisable) and 256 random bits; the database
holds only its SHA-256. A token ends when it expires or is revoked, and never allows more than its
scopes *and* its user's role do.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from sqlalchemy import Row, bindparam, or_, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from judge.accounts.closed import account_closed
from judge.accounts.passwords import checked_password, hash_password, verify_password
from judge.accounts.secrets import hash_secret, new_secret
from judge.accounts.usernames import checked_name, is_reserved, name_key
from judge.db import models
from judge.db.session import Database
from judge.errors import ConflictError, InvalidError, NotFoundError
from judge.ids import new_id

TOKEN_PREFIX = "shousi_"  # noqa: S105 - the beginning of each token, not a token
DEFAULT_TTL_S = 30 * 86400.0
_USE_KNOWN_TO_S = 600


class Role(StrEnum):
    """What a user may do."""

    GUEST = "guest"
    """Somebody without an account yet; see `judge.accounts.guests`."""
    USER = "user"
    ADMIN = "admin"


class Scope(StrEnum):
    """Which of its user's rights a token has."""

    READ = "read"
    """Read the user's own data."""
    ACCOUNT = "account"
    """Change the account: the password, other tokens."""
    SUBMIT = "submit"
    """Submit and run."""
    TEAMS = "teams"
    """Make teams, join, invite, and do what a team's owner may do."""
    ADMIN = "admin"
    """All that an admin may do. Only admins can use it."""


_SCOPES_OF_ROLE = {
    Role.GUEST: (Scope.READ, Scope.SUBMIT),
    Role.USER: (Scope.READ, Scope.SUBMIT, Scope.TEAMS, Scope.ACCOUNT),
    Role.ADMIN: (Scope.READ, Scope.SUBMIT, Scope.TEAMS, Scope.ACCOUNT, Scope.ADMIN),
}


class TokenKind(StrEnum):
    """How a token is used."""

    BEARER = "bearer"
    """Sent by scripts in a header."""
    SESSION = "session"
    """Kept by a browser in a cookie."""
    LINK = "link"
    """Exchanged for a session, once."""


@dataclass(frozen=True, slots=True)
class User:
    """An account, without its secrets. Times are epoch seconds. `theme` and `language` are the
    user's choices for the pages, None if nothing was chosen. `proof` is a hash that differs after
    each change of the password and in a ban; it is empty in a `Principal`. See `issue_token`."""

    id: str
    name: str
    role: Role
    created_at: float
    theme: str | None = None
    language: str | None = None
    proof: str = field(default="", compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class Token:
    """A token, without its secret. `expires_at` is None if it does not expire. `last_used_at` is
    known to ten minutes, and None until the first use."""

    id: str
    user_id: str
    label: str
    scopes: tuple[Scope, ...]
    created_at: float
    expires_at: float | None
    last_used_at: float | None
    kind: TokenKind = TokenKind.BEARER


@dataclass(frozen=True, slots=True)
class Principal:
    """The user who sent a request, and the token that was sent."""

    user: User
    token_id: str
    scopes: frozenset[Scope]

    @property
    def user_id(self) -> str:
        return self.user.id

    @property
    def is_guest(self) -> bool:
        return self.user.role is Role.GUEST

    @property
    def is_admin(self) -> bool:
        return self.user.role is Role.ADMIN and Scope.ADMIN in self.scopes


def create_user(db: Database, name: str, password: str, role: str = Role.USER) -> User:
    """Create an account. Reserved names (see `is_reserved`) are for admins only.

    Raises InvalidError (field `name` or `password`), ConflictError when the name is taken (also
    in another case or width), UnavailableError.
    """
    stored = checked_name(name)
    if role != Role.ADMIN and is_reserved(stored):
        raise InvalidError(f"The name {stored!r} is reserved.", "name")
    return _insert_user(db, stored, hash_password(checked_password(password)), Role(role))


def create_admin(db: Database, name: str) -> User:
    """Create an admin without a password, who signs in by token only. Raises as `create_user`."""
    return _insert_user(db, checked_name(name), "", Role.ADMIN)


def ensure_admin(db: Database, password: str) -> User | None:
    """Create the user `admin` with this password; None if there is one already."""
    if find_user(db, "admin") is not None:
        return None
    try:
        return create_user(db, "admin", password, Role.ADMIN)
    except ConflictError:
        return None  # another process that starts now was faster


def _insert_user(db: Database, name: str, password_hash: str, role: Role) -> User:
    try:
        with db.write() as session:
            return insert_user(db, session, name, password_hash, role)
    except IntegrityError as error:
        raise ConflictError(f"The name {name!r} is taken.") from error


def insert_user(db: Database, session: Session, name: str, password_hash: str, role: Role) -> User:
    """Add a row in the caller's transaction. Raises IntegrityError when the name is taken."""
    row = models.User(
        id=new_id(),
        name=name,
        name_key=name_key(name),
        password_hash=password_hash,
        role=role.value,
        created_at=db.now(session),
    )
    session.add(row)
    session.flush()
    return user_of(row)


def find_user(db: Database, name: str) -> User | None:
    """The user called `name`, in any case or width."""
    with db.read() as session:
        row = _row_by_name(session, name)
        return user_of(row) if row else None


def _row_by_name(session: Session, name: str) -> models.User | None:
    return session.scalar(select(models.User).where(models.User.name_key == name_key(name)))


def lock_user(session: Session, user_id: str) -> models.User:
    """The user's row, locked until the transaction ends; for callers inside `judge` that count some
    of the user's rows before they add another. Of two requests at once, the second then counts what
    the first has added. Raises ForbiddenError if the account was closed meanwhile.
    """
    row = session.get_one(models.User, user_id, with_for_update={"key_share": True})
    if row.banned_at is not None:
        raise account_closed()
    return row


def user_of(row: models.User) -> User:
    """The row as a `User`, without its secrets; for callers inside `judge`."""
    proof = hash_secret(f"{row.password_hash} {row.banned_at}")
    return User(row.id, row.name, Role(row.role), row.created_at, row.theme, row.language, proof)


def sign_in(db: Database, name: str, password: str) -> User | None:
    """The user with this name and password, else None; an unknown name takes as long."""
    with db.read() as session:
        # No name has a lone surrogate or a NUL, and PostgreSQL refuses to search for one.
        storable = "\0" not in name and name.isprintable()
        row = _row_by_name(session, name) if storable else None
    right = verify_password(password, row.password_hash if row else None)
    if row is None or not right or row.banned_at is not None:
        return None
    return user_of(row)


def scopes_for(role: Role, wanted: Sequence[str] | None) -> tuple[Scope, ...]:
    """The scopes of a token: those in `wanted`, by default all that the role has.

    Raises InvalidError(field="scopes") for a scope that does not exist or that the role lacks.
    """
    allowed = _SCOPES_OF_ROLE[role]
    for scope in wanted or ():
        if scope not in allowed:
            raise InvalidError(
                f"Your token can't have the scope {scope!r}; choose from {', '.join(allowed)}.",
                "scopes",
            )
    return tuple(scope for scope in allowed if wanted is None or scope in wanted)


def issue_token(
    db: Database,
    user_id: str,
    name: str = "",
    ttl_s: float | None = DEFAULT_TTL_S,
    scopes: Sequence[str] | None = None,
    kind: TokenKind = TokenKind.BEARER,
    signed_in: User | None = None,
) -> tuple[str, Token]:
    """Create a token. Return its secret, shown only this once, and its data. `name` is its label;
    `signed_in` is the user as they were when they proved who they are.

    Raises NotFoundError for an unknown user, InvalidError (scopes; or the password has changed
    since they were `signed_in`), UnavailableError.
    """
    secret = new_secret(TOKEN_PREFIX)
    with db.write() as session:
        # In shared mode: a new password, which ends all tokens, comes before this or after it.
        user = session.get(models.User, user_id, with_for_update={"read": True})
        if user is None:
            raise NotFoundError("There is no such user.")
        # Checking a password takes a while: somebody who knows only the old password must not get a
        # token.
        if signed_in is not None and user_of(user).proof != signed_in.proof:
            raise InvalidError(
                "Your account has changed while you signed in. Sign in again.", "password"
            )
        now = db.now(session)
        row = models.Token(
            id=new_id(),
            user_id=user_id,
            token_hash=hash_secret(secret),
            name=name,
            scopes=[scope.value for scope in scopes_for(Role(user.role), scopes)],
            created_at=now,
            expires_at=None if ttl_s is None else now + ttl_s,
            kind=kind.value,
        )
        session.add(row)
        return secret, _token_of(row)


def _token_of(row: models.Token) -> Token:
    return Token(
        row.id,
        row.user_id,
        row.name,
        tuple(Scope(scope) for scope in row.scopes),
        row.created_at,
        row.expires_at,
        row.last_used_at,
        TokenKind(row.kind),
    )


_token, _user = models.Token.__table__.c, models.User.__table__.c
# Run for each request, so it is built once.
_WORKING_TOKENS = (
    select(
        _token.id.label("token_id"),
        _token.token_hash,
        _token.kind,
        _token.scopes,
        _token.expires_at,
        _token.last_used_at,
        *(_user[name] for name in ("id", "name", "role", "created_at", "theme", "language")),
    )
    .join_from(models.Token.__table__, models.User.__table__, _user.id == _token.user_id)
    .where(_token.token_hash.in_(bindparam("hashes", expanding=True)))
    .where(_token.revoked_at.is_(None), _user.banned_at.is_(None))
)


def principals_of(db: Database, secrets: Sequence[tuple[str, TokenKind]]) -> list[Principal | None]:
    """The principal of each of these tokens, in one query; None if the token is unknown, of another
    kind, expired or revoked, or if its user is banned."""
    hashes = [
        # A word without the prefix was never handed out here: it is not looked up.
        (hash_secret(secret), kind) if secret.startswith(TOKEN_PREFIX) else None
        for secret, kind in secrets
    ]
    asked = {"hashes": list({one[0] for one in hashes if one})}
    with db.read_columns() as connection:
        found = connection.execute(_WORKING_TOKENS, asked).all()
        now = db.now(connection)
    working = {
        # The kind is part of the key: a session's secret sent as a bearer token is no token.
        (row.token_hash, TokenKind(row.kind)): (row, _principal(row))
        for row in found
        if row.expires_at is None or row.expires_at > now
    }
    used = [working.get(one) if one else None for one in hashes]
    # Written at most once in ten minutes, so that most requests with a token only read.
    unknown = {
        row.token_id
        for row, _ in filter(None, used)
        if row.last_used_at is None or row.last_used_at < now - _USE_KNOWN_TO_S
    }
    if unknown:
        with db.write() as session:
            noted = update(models.Token).where(models.Token.id.in_(unknown))
            session.execute(noted.values(last_used_at=now))
    return [one[1] if one else None for one in used]


def _principal(row: Row[Any]) -> Principal:
    user = User(row.id, row.name, Role(row.role), row.created_at, row.theme, row.language)
    return Principal(user, row.token_id, frozenset(map(Scope, row.scopes)))


# Run for each message of a stream, so it is built once.
_ENDS_OF_TOKEN = (
    select(_token.expires_at, _user.role)
    .join_from(models.Token.__table__, models.User.__table__, _user.id == _token.user_id)
    .where(_token.id == bindparam("token_id"))
    .where(_token.revoked_at.is_(None), _user.banned_at.is_(None))
)


def still_works(db: Database, principal: Principal) -> bool:
    """Whether the token of a request that began some time ago still works, and its user still has
    the same role. Raises UnavailableError."""
    with db.read_columns() as connection:
        row = connection.execute(_ENDS_OF_TOKEN, {"token_id": principal.token_id}).one_or_none()
        now = db.now(connection)
    if row is None or Role(row.role) is not principal.user.role:
        return False
    return row.expires_at is None or row.expires_at > now


def list_tokens(db: Database, user_id: str) -> list[Token]:
    """The user's tokens that still work, newest first."""
    with db.read() as session:
        rows = session.scalars(
            select(models.Token)
            .where(
                models.Token.user_id == user_id,
                models.Token.revoked_at.is_(None),
                models.Token.kind != TokenKind.LINK,  # exchanged for a session, not used as a token
                or_(models.Token.expires_at.is_(None), models.Token.expires_at > db.now(session)),
            )
            .order_by(models.Token.id.desc())
        )
        return [_token_of(row) for row in rows]


def revoke_token(db: Database, user_id: str, token_id: str) -> None:
    """End one of the user's tokens now. Raises NotFoundError if there is none that works."""
    with db.write() as session:
        changed = session.execute(
            update(models.Token)
            .where(
                models.Token.id == token_id,
                models.Token.user_id == user_id,
                models.Token.revoked_at.is_(None),
            )
            .values(revoked_at=db.now(session))
            .returning(models.Token.id)
        ).all()
    if not changed:
        raise NotFoundError("You have no such token.")
