"""Interviews that a team's owner has assigned to the team, and the members' results, which only the
owner sees. No board shows them."""

from collections.abc import Mapping
from dataclasses import dataclass

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from judge.db.interview_models import Interview, InterviewAssignment, Sitting
from judge.db.models import User
from judge.db.session import Database
from judge.db.team_models import Team as TeamRow
from judge.db.team_models import TeamMember
from judge.db.upsert import insert_new
from judge.errors import ConflictError, NotFoundError
from judge.interviews.catalogue import find_interview
from judge.interviews.sittings import SittingView, view_of
from judge.teams.membership import OWNER, Team, owned_team

MAX_ASSIGNED = 50


@dataclass(frozen=True, slots=True)
class MemberResult:
    """A member's newest sitting since the interview was assigned and they joined, None if there is
    none yet."""

    user: str
    sitting: SittingView | None


@dataclass(frozen=True, slots=True)
class Assignment:
    """An interview that was assigned to the team. `mine` is the reader's own sitting of which the
    owner is told; `results` are all members' for the owner, and None for other readers. `can_start`
    is False if the interview's file is gone."""

    interview: str
    title: Mapping[str, str]
    assigned_at: float
    can_start: bool
    mine: SittingView | None
    results: tuple[MemberResult, ...] | None


def assign(db: Database, team: Team, name: str, *, by: str) -> None:
    """Assign an interview to the team; earlier sittings of members don't count.

    Raises NotFoundError, ForbiddenError (not the owner), ConflictError, UnavailableError.
    """
    plan = find_interview(db, name)
    with db.write() as session:
        owned_team(session, team, by)
        count = select(func.count()).where(InterviewAssignment.team_id == team.id)
        if (session.scalar(count) or 0) >= MAX_ASSIGNED:
            raise ConflictError(f"A team can't have more than {MAX_ASSIGNED} interviews.")
        now = db.now(session)
        values = {"team_id": team.id, "interview": plan.name, "assigned_at": now}
        if not insert_new(session, InterviewAssignment, values):
            raise ConflictError(f"The team has the interview {plan.name} already.")


def withdraw(db: Database, team: Team, name: str, *, by: str) -> None:
    """Take an interview from the team; members keep their sittings, and nobody else sees them.

    Raises NotFoundError, ForbiddenError, UnavailableError.
    """
    with db.write() as session:
        owned_team(session, team, by)
        row = session.get(InterviewAssignment, (team.id, name))
        if row is None:
            raise NotFoundError(f"The team has no interview {name[:100]!r}.")
        session.delete(row)


def list_assignments(db: Database, team: Team, user_id: str) -> list[Assignment]:
    """The team's interviews as `user_id` sees them, newest first. Raises UnavailableError."""
    query = (
        select(InterviewAssignment, Interview)
        .join(Interview, Interview.name == InterviewAssignment.interview)
        .where(InterviewAssignment.team_id == team.id)
        .order_by(InterviewAssignment.assigned_at.desc(), Interview.name)
    )
    members = (
        select(User.id, User.name)
        .join(TeamMember, TeamMember.user_id == User.id)
        .where(TeamMember.team_id == team.id)
        .order_by(User.name)
    )
    with db.read() as session:
        now = db.now(session)
        people = session.execute(members).all()
        found = []
        for row, interview in session.execute(query).all():
            newest = _newest(session, row, now, None if team.role == OWNER else user_id)
            results = tuple(MemberResult(name, newest.get(id)) for id, name in people)
            found.append(
                Assignment(
                    row.interview,
                    interview.title,
                    row.assigned_at,
                    interview.withdrawn_at is None,
                    newest.get(user_id),
                    results if team.role == OWNER else None,
                )
            )
        return found


def may_see_results(db: Database, user_id: str, sitting: SittingView) -> bool:
    """Whether `user_id` owns a team that was assigned this interview before the member sat it. What
    somebody sat before they joined the team stays their own."""
    query = (
        select(func.count())
        .select_from(TeamRow)
        .join(InterviewAssignment, InterviewAssignment.team_id == TeamRow.id)
        .join(TeamMember, TeamMember.team_id == TeamRow.id)
        .where(
            TeamRow.owner_id == user_id,
            TeamMember.user_id == sitting.user_id,
            InterviewAssignment.interview == sitting.interview,
            InterviewAssignment.assigned_at <= sitting.started_at,
            TeamMember.joined_at <= sitting.started_at,
        )
    )
    with db.read() as session:
        return bool(session.scalar(query))


def _newest(
    session: Session, row: InterviewAssignment, now: float, user_id: str | None
) -> dict[str, SittingView]:
    """The newest sitting since the assignment and since the member joined, by the member's id; if
    given, only `user_id`'s."""
    query = (
        select(Sitting)
        .join(TeamMember, TeamMember.user_id == Sitting.user_id)
        .where(
            TeamMember.team_id == row.team_id,
            Sitting.interview == row.interview,
            Sitting.started_at >= row.assigned_at,
            Sitting.started_at >= TeamMember.joined_at,
        )
        .order_by(Sitting.id)
    )
    if user_id is not None:
        query = query.where(Sitting.user_id == user_id)
    newest = {one.user_id: one for one in session.scalars(query)}
    return {id: view_of(session, one, now) for id, one in newest.items()}
