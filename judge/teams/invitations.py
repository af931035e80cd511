"""Invitations: secrets that let people in, for some time and a number of times.

A team's owner invites into the team; an admin invites into the service while its sign-up is closed.
An invitation is used by one conditional UPDATE in the transaction that lets a person in: no two
people can share its last use, and a person who does not get in has not used it. It works only as
long as its maker could make it: a former owner or admin lets nobody in any more, not even
themselves.
"""

from dataclasses import dataclass

from sqlalchemy import ColumnElement, or_, select, update
from sqlalchemy.orm import Session

from judge.accounts.closed import keep_open
from judge.accounts.secrets import hash_secret, new_secret
from judge.accounts.users import Role
from judge.boards import news
from judge.boards.keeping import lock_exclusive
from judge.boards.rebuild import refresh_set
from judge.boards.windows import set_window
from judge.db import team_models as models
from judge.db.models import User
from judge.db.session import Database, announce_after_commit
from judge.db.upsert import changed, insert_new
from judge.errors import ConflictError, GoneError, NotFoundError
from judge.events import BOARDS
from judge.ids import new_id
from judge.teams.membership import (
    MAX_MEMBERS,
    Team,
    count_members,
    find_team,
    member_ids,
    owned_team,
)

PREFIX = "invite_"
DEFAULT_TTL_S = 7 * 86400.0
MAX_OPEN = 50
_GONE = "This invitation has expired, was revoked or is used up; ask for another."
_MEMBER_ALREADY = "You are in this team already."


@dataclass(frozen=True, slots=True)
class Invitation:
    """An invitation, without its secret. Times in epoch seconds."""

    id: str
    created_by: str
    created_at: float
    expires_at: float
    max_uses: int
    uses: int


@dataclass(frozen=True, slots=True)
class InvitationPreview:
    """What a person would join by an invitation of `created_by`; it works until `expires_at`."""

    slug: str
    name: str
    owner: str
    num_members: int
    created_by: str
    expires_at: float


def invite_to_team(
    db: Database, team: Team, *, by: str, ttl_s: float = DEFAULT_TTL_S, max_uses: int = 1
) -> tuple[str, Invitation]:
    """Return (the secret, shown only this once; the invitation). Raises ForbiddenError,
    ConflictError."""
    with db.write() as session:
        owned_team(session, team, by)
        return _invite(db, session, team.id, by, ttl_s, max_uses)


def invite_to_service(
    db: Database, *, by: str, ttl_s: float = DEFAULT_TTL_S, max_uses: int = 1
) -> tuple[str, Invitation]:
    """Create an admin's invitation to make an account. Raises ConflictError, UnavailableError."""
    with db.write() as session:
        return _invite(db, session, None, by, ttl_s, max_uses)


def revoke_to_service(db: Database, invitation_id: str) -> None:
    """End an invitation to make an account. Raises NotFoundError, UnavailableError."""
    with db.write() as session:
        _revoke(db, session, None, invitation_id)


def _invite(
    db: Database, session: Session, team_id: str | None, by: str, ttl_s: float, max_uses: int
) -> tuple[str, Invitation]:
    if len(_open(db, session, team_id)) >= MAX_OPEN:
        raise ConflictError(f"There are {MAX_OPEN} open invitations; revoke some first.")
    word = new_secret(PREFIX)
    now = db.now(session)
    row = models.Invitation(
        id=new_id(),
        team_id=team_id,
        secret_hash=hash_secret(word),
        created_by=by,
        created_at=now,
        expires_at=now + ttl_s,
        max_uses=max_uses,
        uses=0,
    )
    session.add(row)
    session.flush()
    return word, _invitation(session, row)


def list_invitations(db: Database, team: Team | None) -> list[Invitation]:
    """A team's invitations (or the service's) that can still be used, newest first."""
    with db.read() as session:
        rows = _open(db, session, None if team is None else team.id)
        return [_invitation(session, row) for row in rows]


def _open(db: Database, session: Session, team_id: str | None) -> list[models.Invitation]:
    row = models.Invitation
    # A team id of None becomes IS NULL: the service's own.
    query = select(row).where(row.team_id == team_id, *_working(db.now(session)))
    return list(session.scalars(query.order_by(row.id.desc())))


def _working(now: float) -> tuple[ColumnElement[bool], ...]:
    """The conditions under which an invitation lets somebody in."""
    row = models.Invitation
    owner = select(models.Team.id).where(
        models.Team.id == row.team_id, models.Team.owner_id == row.created_by
    )
    admin = select(User.id).where(
        User.id == row.created_by, User.role == Role.ADMIN, User.banned_at.is_(None)
    )
    may_invite = or_(owner.exists(), row.team_id.is_(None) & admin.exists())
    return (row.revoked_at.is_(None), row.expires_at > now, row.uses < row.max_uses, may_invite)


def revoke_invitation(db: Database, team: Team, invitation_id: str, *, by: str) -> None:
    """End the invitation now. Raises NotFoundError, ForbiddenError, UnavailableError."""
    with db.write() as session:
        owned_team(session, team, by)
        _revoke(db, session, team.id, invitation_id)


def _revoke(db: Database, session: Session, team_id: str | None, invitation_id: str) -> None:
    ended = update(models.Invitation).where(
        models.Invitation.id == invitation_id,
        models.Invitation.team_id == team_id,
        models.Invitation.revoked_at.is_(None),
    )
    if changed(session, ended.values(revoked_at=db.now(session))) == 0:
        raise NotFoundError("There is no such invitation.")


def use(db: Database, session: Session, word: str) -> str | None:
    """Use an invitation once; return its team's id, None if it is for the service.

    Raises NotFoundError (no such invitation), GoneError (expired, revoked, used up, or its maker
    may not invite any more).
    """
    row = _by_word(session, word)
    used = (
        update(models.Invitation)
        .where(models.Invitation.id == row.id, *_working(db.now(session)))
        .values(uses=models.Invitation.uses + 1)
    )
    if changed(session, used) == 0:
        raise GoneError(_GONE)
    return row.team_id


def use_for_account(db: Database, session: Session, word: str) -> None:
    """Use an admin's invitation once. Raises as `use` does, and NotFoundError for a team's."""
    if use(db, session, word) is not None:
        raise NotFoundError("This invitation is for a team and can't be used to make an account.")


def _by_word(session: Session, word: str) -> models.Invitation:
    row = session.scalar(
        select(models.Invitation).where(models.Invitation.secret_hash == hash_secret(word))
    )
    if row is None:
        raise NotFoundError("There is no such invitation.")
    return row


def preview_team(db: Database, slug: str, user_id: str, word: str) -> InvitationPreview:
    """What the user would join by `join_team`; the invitation is not used. Raises as that does."""
    with db.read() as session:
        invitation = _by_word(session, word)
        works = select(models.Invitation.id).where(
            models.Invitation.id == invitation.id, *_working(db.now(session))
        )
        if session.scalar(works) is None:
            raise GoneError(_GONE)
        row, num_members = _team_with_room(session, invitation.team_id, slug)
        if session.get(models.TeamMember, (row.id, user_id)) is not None:
            raise ConflictError(_MEMBER_ALREADY)
        return InvitationPreview(
            row.slug,
            row.name,
            session.get_one(User, row.owner_id).name,
            num_members,
            session.get_one(User, invitation.created_by).name,
            invitation.expires_at,
        )


def join_team(db: Database, slug: str, user_id: str, word: str) -> Team:
    """Make the user a member by an invitation.

    Raises NotFoundError (no such team, or the invitation is for another one), GoneError,
    ConflictError (a member already, or the team is full), UnavailableError: then it is not used up.
    """
    with db.write() as session:
        # Locked, so that two users who join at once are both counted; and before the invitation, as
        # the owner does who revokes it.
        row, _ = _team_with_room(session, _by_word(session, word).team_id, slug, lock=True)
        use(db, session, word)
        # Lock the boards before the user and the team's events, as everywhere.
        lock_exclusive(db, session)
        keep_open(session, user_id)
        values = {"team_id": row.id, "user_id": user_id, "joined_at": db.now(session)}
        if not insert_new(session, models.TeamMember, values):
            raise ConflictError(_MEMBER_ALREADY)
        # Earlier submissions of the new member count in the team's practice sets.
        members = member_ids(session, row.id)
        query = select(models.PracticeSet).where(models.PracticeSet.team_id == row.id)
        for practice in session.scalars(query).all():
            window = set_window(practice.id, practice.starts_at, practice.ends_at)
            chosen = select(models.PracticeProblem.problem_id).where(
                models.PracticeProblem.set_id == practice.id
            )
            refresh_set(session, window, members, session.scalars(chosen).all())
        news.tell_joined(db, session, row.id, slug, user_id)
        announce_after_commit(session, BOARDS)
    return find_team(db, slug, user_id)


def _team_with_room(
    session: Session, team_id: str | None, slug: str, *, lock: bool = False
) -> tuple[models.Team, int]:
    """The team of an invitation, and how many members it has."""
    how = {"key_share": True} if lock else None
    row = session.get(models.Team, team_id, with_for_update=how) if team_id else None
    # An invitation to another team: the error undoes the transaction, and the use with it.
    if row is None or row.slug != slug:
        raise NotFoundError("There is no such invitation.")
    num_members = count_members(session, row.id)
    if num_members >= MAX_MEMBERS:
        raise ConflictError(f"A team can't have more than {MAX_MEMBERS} members.")
    return row, num_members


def _invitation(session: Session, row: models.Invitation) -> Invitation:
    by = session.get_one(User, row.created_by).name
    return Invitation(row.id, by, row.created_at, row.expires_at, row.max_uses, row.uses)
