"""Invitations: words that let somebody in, for some time and a number of times.

An invitation is into a team, by its owner, or into the service while its sign-up is closed, by
an admin. It is used up by one conditional UPDATE in the transaction that lets somebody in: no
two can share its last use, and who does not get in has not used it.
"""

from dataclasses import dataclass

from sqlalchemy import func, select, update
from sqlalchemy.orm import Session

from judge.accounts.secrets import hash_secret, new_secret
from judge.boards.rebuild import refresh_set
from judge.boards.windows import set_window
from judge.db import team_models as models
from judge.db.models import User
from judge.db.session import Database
from judge.db.upsert import changed, insert_new
from judge.errors import ConflictError, GoneError, NotFoundError
from judge.ids import new_id
from judge.teams.membership import MAX_MEMBERS, Team, find_team, member_ids, owned_team

PREFIX = "invite_"
DEFAULT_TTL_S = 7 * 86400.0
MAX_OPEN = 50


@dataclass(frozen=True, slots=True)
class Invitation:
    """An invitation, without its word. Times in epoch seconds."""

    id: str
    created_by: str
    created_at: float
    expires_at: float
    max_uses: int
    uses: int


def invite_to_team(
    db: Database, team: Team, *, by: str, ttl_s: float = DEFAULT_TTL_S, max_uses: int = 1
) -> tuple[str, Invitation]:
    """(the word, shown this once; the invitation). Raises ForbiddenError, ConflictError."""
    with db.write() as session:
        owned_team(session, team, by)
        return _invite(db, session, team.id, by, ttl_s, max_uses)


def invite_to_service(
    db: Database, *, by: str, ttl_s: float = DEFAULT_TTL_S, max_uses: int = 1
) -> tuple[str, Invitation]:
    """An admin's invitation to make an account. Raises ConflictError, UnavailableError."""
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
    """A team's invitations (or the service's) that still let somebody in, newest first."""
    with db.read() as session:
        rows = _open(db, session, None if team is None else team.id)
        return [_invitation(session, row) for row in rows]


def _open(db: Database, session: Session, team_id: str | None) -> list[models.Invitation]:
    row = models.Invitation
    query = select(row).where(
        row.team_id == team_id,  # None becomes IS NULL: the service's own
        row.revoked_at.is_(None),
        row.expires_at > db.now(session),
        row.uses < row.max_uses,
    )
    return list(session.scalars(query.order_by(row.id.desc())))


def revoke_invitation(db: Database, team: Team, invitation_id: str, *, by: str) -> None:
    """End it now. Raises NotFoundError, ForbiddenError, UnavailableError."""
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
    """Use an invitation once; the id of the team that it is for, None for the service.

    Raises NotFoundError (no such word), GoneError (expired, revoked or used up).
    """
    row = session.scalar(
        select(models.Invitation).where(models.Invitation.secret_hash == hash_secret(word))
    )
    if row is None:
        raise NotFoundError("There is no such invitation.")
    used = (
        update(models.Invitation)
        .where(
            models.Invitation.id == row.id,
            models.Invitation.revoked_at.is_(None),
            models.Invitation.expires_at > db.now(session),
            models.Invitation.uses < models.Invitation.max_uses,
        )
        .values(uses=models.Invitation.uses + 1)
    )
    if changed(session, used) == 0:
        raise GoneError("This invitation has expired, was revoked or is used up; ask for another.")
    return row.team_id


def join_team(db: Database, slug: str, user_id: str, word: str) -> Team:
    """Become a member by an invitation.

    Raises NotFoundError (no such team, or the word is not for it), GoneError, ConflictError
    (a member already, or the team is full), UnavailableError: then nothing was used up.
    """
    with db.write() as session:
        team_id = use(db, session, word)
        # Locked, so that of two who join at once both are counted.
        row = session.get(models.Team, team_id, with_for_update=True) if team_id else None
        # A word for another team: the transaction is given up, and its use with it.
        if row is None or row.slug != slug:
            raise NotFoundError("There is no such invitation.")
        count = select(func.count()).where(models.TeamMember.team_id == row.id)
        if (session.scalar(count) or 0) >= MAX_MEMBERS:
            raise ConflictError(f"A team can't have more than {MAX_MEMBERS} members.")
        values = {"team_id": row.id, "user_id": user_id, "joined_at": db.now(session)}
        if not insert_new(session, models.TeamMember, values):
            raise ConflictError("You are in this team already.")
        _bring_to_boards(db, session, row.id)
    return find_team(db, slug, user_id)


def _bring_to_boards(db: Database, session: Session, team_id: str) -> None:
    """Count what a new member has submitted before in the team's practice sets."""
    members = member_ids(session, team_id)
    query = select(models.PracticeSet).where(models.PracticeSet.team_id == team_id)
    for row in session.scalars(query).all():
        window = set_window(row.id, row.starts_at, row.ends_at)
        chosen = select(models.PracticeProblem.problem_id).where(
            models.PracticeProblem.set_id == row.id
        )
        refresh_set(db, session, window, members, session.scalars(chosen).all())


def _invitation(session: Session, row: models.Invitation) -> Invitation:
    by = session.get_one(User, row.created_by).name
    return Invitation(row.id, by, row.created_at, row.expires_at, row.max_uses, row.uses)
