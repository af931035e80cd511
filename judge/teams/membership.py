"""Teams and their members. Each team has one owner, who is a member too and may hand the team over.

A person who is not in a team is told that there is none: `find_team` decides that, and every other
function takes its result. What only an owner may do is checked again inside the transaction that
does it, so that an owner who has just handed over can no longer do it.
"""

from dataclasses import dataclass
from functools import cache

from sqlalchemy import Select, bindparam, delete, func, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from judge.accounts.usernames import MAX_NAME_LENGTH, checked_name, is_reserved, name_key
from judge.accounts.users import lock_user
from judge.boards.keeping import lock_exclusive
from judge.boards.windows import ALL, set_window
from judge.db import team_models as models
from judge.db.board_models import BoardCell, BoardRow
from judge.db.interview_models import InterviewAssignment
from judge.db.models import Submission, User
from judge.db.session import Database, announce_after_commit
from judge.db.webhook_models import Webhook
from judge.errors import ConflictError, ForbiddenError, InvalidError, NotFoundError
from judge.events import BOARDS
from judge.ids import new_id
from judge.states import Purpose
from judge.teams.events import append_events
from judge.webhooks.hooks import forget_hooks

MAX_MEMBERS = 200
MAX_TEAMS_OWNED = 20
# A longer text can't be a name in any form, so it is not split into words.
_LOOKED_AT = 4 * MAX_NAME_LENGTH


@dataclass(frozen=True, slots=True)
class Team:
    """A team as its members see it. `role` is the caller's own."""

    id: str
    slug: str
    name: str
    owner: str
    role: str
    num_members: int
    created_at: float


@dataclass(frozen=True, slots=True)
class Member:
    """One member. `num_solved` counts the solved problems on the all-time board; `last_active_at`
    is the last submission's time, None if there is none. Times in epoch seconds."""

    user: str
    role: str
    joined_at: float
    num_solved: int
    last_active_at: float | None


OWNER, MEMBER, ADMIN = "owner", "member", "admin"


def create_team(db: Database, user_id: str, name: str) -> Team:
    """Create a team, owned by `user_id`.

    Names follow the rules of users' names, with single spaces allowed; two names that differ only
    in case or in spaces and hyphens are the same. Raises InvalidError (name), ConflictError,
    UnavailableError.
    """
    stored, slug = checked_team_name(name)
    try:
        with db.write() as session:
            lock_user(session, user_id)
            owned = select(func.count()).where(models.Team.owner_id == user_id)
            if (session.scalar(owned) or 0) >= MAX_TEAMS_OWNED:
                raise ConflictError(f"You can't own more than {MAX_TEAMS_OWNED} teams.")
            now = db.now(session)
            row = models.Team(id=new_id(), slug=slug, name=stored, owner_id=user_id, created_at=now)
            session.add(row)
            session.flush()
            session.add(models.TeamMember(team_id=row.id, user_id=user_id, joined_at=now))
            return _team(session, row, OWNER)
    except IntegrityError as error:
        raise ConflictError(f"There is a team {slug!r} already.") from error


def checked_team_name(name: str) -> tuple[str, str]:
    """(the name as it is stored, the slug). Raises InvalidError(field="name")."""
    if len(name) > _LOOKED_AT:
        raise InvalidError(f"A name has at most {MAX_NAME_LENGTH} characters.", "name")
    stored = " ".join(checked_name(word) for word in name.split(" "))
    # With hyphens for its spaces the whole must be a valid name too: above all, not too long.
    checked_name(stored.replace(" ", "-"))
    slug = name_key(stored).replace(" ", "-")
    if is_reserved(slug):
        raise InvalidError(f"The name {stored!r} is reserved.", "name")
    return stored, slug


def find_team(db: Database, slug: str, user_id: str, *, is_admin: bool = False) -> Team:
    """The team, for a member or an admin. Raises NotFoundError, UnavailableError."""
    with db.read() as session:
        row = session.scalar(select(models.Team).where(models.Team.slug == slug))
        if row is not None:
            if row.owner_id == user_id:
                return _team(session, row, OWNER)
            if session.get(models.TeamMember, (row.id, user_id)):
                return _team(session, row, MEMBER)
            if is_admin:
                return _team(session, row, ADMIN)
    raise NotFoundError(f"There is no team {slug!r} that you are in.")


def list_teams(db: Database, user_id: str) -> list[Team]:
    """The teams that the user is in, by slug. Raises UnavailableError."""
    query = (
        select(models.Team)
        .join(models.TeamMember, models.TeamMember.team_id == models.Team.id)
        .where(models.TeamMember.user_id == user_id)
        .order_by(models.Team.slug)
    )
    with db.read() as session:
        return [
            _team(session, row, OWNER if row.owner_id == user_id else MEMBER)
            for row in session.scalars(query).all()
        ]


def list_members(db: Database, team: Team) -> list[Member]:
    """The members, in the order in which they joined. Raises UnavailableError."""
    with db.read() as session:
        rows = session.execute(_members(), {"team": team.id}).all()
    return [
        Member(name, OWNER if name == team.owner else MEMBER, joined_at, num_solved, last_active_at)
        for name, joined_at, num_solved, last_active_at in rows
    ]


@cache
def _members() -> Select[str, float, int, float | None]:
    """The statement of `list_members`; building it takes longer than the database needs."""
    last = (
        select(Submission.created_at)
        .where(Submission.user_id == User.id, Submission.purpose == Purpose.SUBMISSION)
        # Ids sort by time, and have an index.
        .order_by(Submission.id.desc())
        .limit(1)
        .scalar_subquery()
    )
    on_board = (BoardRow.user_id == User.id) & (BoardRow.board == ALL.board)
    return (
        select(User.name, models.TeamMember.joined_at, func.coalesce(BoardRow.num_solved, 0), last)
        .join(User, User.id == models.TeamMember.user_id)
        .outerjoin(BoardRow, on_board)
        .where(models.TeamMember.team_id == bindparam("team"))
        .order_by(models.TeamMember.joined_at, User.name)
    )


def count_members(session: Session, team_id: str) -> int:
    """How many members the team has, its owner too; for callers inside `judge`."""
    query = select(func.count()).where(models.TeamMember.team_id == team_id)
    return session.scalar(query) or 0


def member_ids(session: Session, team_id: str) -> list[str]:
    """The members' ids, for callers inside `judge`."""
    query = select(models.TeamMember.user_id).where(models.TeamMember.team_id == team_id)
    return list(session.scalars(query))


def remove_member(db: Database, team: Team, name: str, *, by: str) -> None:
    """Remove `name`: members may remove themselves, the owner anybody else.

    Raises NotFoundError, ForbiddenError, ConflictError (the owner must hand over first),
    UnavailableError.
    """
    with db.write() as session:
        row = locked_team(session, team)
        # Lock the boards before reading the member, who may be deleting their account at this
        # moment.
        lock_exclusive(db, session)
        member = _member(session, row, name)
        if member.user_id == row.owner_id:
            raise ConflictError("The owner can't leave; hand the team over, or delete it.")
        if by not in (member.user_id, row.owner_id):
            raise ForbiddenError("Only the team's owner may remove others.")
        session.delete(member)
        _forget_boards(session, row.id, member.user_id)
        append_events(db, session, member.user_id, [(row.id, "left", {})])


def hand_over(db: Database, team: Team, name: str, *, by: str) -> Team:
    """Make the member `name` the owner. Raises NotFoundError, ForbiddenError."""
    with db.write() as session:
        row = owned_team(session, team, by)
        # Else the member could delete their account at the same moment, and the team would have no
        # owner.
        heir = _member(session, row, name).user_id
        session.get_one(User, heir, with_for_update={"key_share": True})
        # Look the member up again: they may have left in the meantime.
        row.owner_id = _member(session, row, name).user_id
        session.flush()
        # These webhooks belong to the former owner, who must get no more events of the team.
        forget_hooks(session, (Webhook.team_id == row.id) & (Webhook.user_id != row.owner_id))
        return _team(session, row, OWNER if row.owner_id == by else MEMBER)


def delete_team(db: Database, team: Team, *, by: str) -> None:
    """Delete a team, its members, invitations and practice sets. Raises ForbiddenError."""
    with db.write() as session:
        row = owned_team(session, team, by)
        lock_exclusive(db, session)
        _forget_boards(session, row.id)
        sets = select(models.PracticeSet.id).where(models.PracticeSet.team_id == row.id)
        session.execute(
            delete(models.PracticeProblem).where(models.PracticeProblem.set_id.in_(sets))
        )
        forget_hooks(session, Webhook.team_id == row.id)
        of_team = (
            *(models.PracticeSet, models.Invitation, models.TeamMember, models.TeamEvent),
            InterviewAssignment,
        )
        for table in of_team:
            session.execute(delete(table).where(table.team_id == row.id))
        session.delete(row)


def locked_team(session: Session, team: Team) -> models.Team:
    """The team's row, locked until the transaction ends. Raises NotFoundError."""
    row = session.get(models.Team, team.id, with_for_update={"key_share": True})
    if row is None:
        raise NotFoundError(f"There is no team {team.slug!r} that you are in.")
    return row


def owned_team(session: Session, team: Team, by: str) -> models.Team:
    """`locked_team`, for its owner only. Raises NotFoundError, ForbiddenError."""
    row = locked_team(session, team)
    if row.owner_id != by:
        raise ForbiddenError("Only the team's owner may do that.")
    return row


def _member(session: Session, team: models.Team, name: str) -> models.TeamMember:
    found = session.scalar(
        select(models.TeamMember)
        .join(User, User.id == models.TeamMember.user_id)
        .where(models.TeamMember.team_id == team.id, User.name_key == name_key(name))
    )
    if found is None:
        raise NotFoundError(f"This team has no member {name[:64]!r}.")
    return found


def _forget_boards(session: Session, team_id: str, user_id: str | None = None) -> None:
    """Delete the rows of a team's practice sets' boards, of all users or of one."""
    query = select(models.PracticeSet.id).where(models.PracticeSet.team_id == team_id)
    # Only the board's key is needed, and dates don't change it.
    boards = [set_window(id, None, None).board for id in session.scalars(query)]
    for table in (BoardCell, BoardRow):
        dropped = delete(table).where(table.board.in_(boards))
        if user_id is not None:
            dropped = dropped.where(table.user_id == user_id)
        session.execute(dropped)
    announce_after_commit(session, BOARDS)


def _team(session: Session, row: models.Team, role: str) -> Team:
    owner = session.get_one(User, row.owner_id).name
    num_members = count_members(session, row.id)
    return Team(row.id, row.slug, row.name, owner, role, num_members, row.created_at)
