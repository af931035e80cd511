"""Decides whose code a user may see: their own, and team mates' to problems that both solved.

While a problem is a task of the user's interview, team mates' code to it is closed, as the
reference solution is.
"""

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from judge.boards.windows import ALL
from judge.db.board_models import BoardCell
from judge.db.models import Problem, User
from judge.db.session import Database
from judge.db.team_models import TeamMember
from judge.interviews.admission import is_asked


def can_view_submission(db: Database, user_id: str, owner_id: str, slug: str) -> bool:
    """Whether `user_id` may see the submissions of `owner_id` to a problem. Admins may see all;
    callers check that before."""
    if user_id == owner_id:
        return True
    with db.read() as session:
        return (
            is_team_mate(session, user_id, owner_id)
            and all(_has_solved(session, each, slug) for each in (user_id, owner_id))
            and not is_asked(db, session, user_id, slug)
        )


def are_team_mates(db: Database, user_id: str, other_id: str) -> bool:
    """Whether the two share a team. Raises UnavailableError."""
    with db.read() as session:
        return is_team_mate(session, user_id, other_id)


def is_team_mate(session: Session, user_id: str, other_id: str) -> bool:
    """`are_team_mates`, for callers inside `judge`."""
    mine = select(TeamMember.team_id).where(TeamMember.user_id == user_id)
    shared = select(func.count()).where(
        TeamMember.user_id == other_id, TeamMember.team_id.in_(mine)
    )
    return bool(session.scalar(shared))


def team_mates_who_solved(db: Database, user_id: str, problem_id: str) -> tuple[str, ...]:
    """The names of team mates who have solved the problem, in the order in which they solved it.
    Raises UnavailableError."""
    mine = select(TeamMember.team_id).where(TeamMember.user_id == user_id)
    mates = select(TeamMember.user_id).where(TeamMember.team_id.in_(mine))
    query = (
        select(User.name)
        .join(BoardCell, BoardCell.user_id == User.id)
        .where(BoardCell.board == ALL.board, BoardCell.problem_id == problem_id)
        .where(BoardCell.solved_at.is_not(None), BoardCell.user_id.in_(mates))
        .where(User.id != user_id, User.banned_at.is_(None))
        .order_by(BoardCell.solved_at)
    )
    with db.read() as session:
        return tuple(session.scalars(query))


def _has_solved(session: Session, user_id: str, slug: str) -> bool:
    cell = (
        select(BoardCell.solved_at)
        .join(Problem, Problem.id == BoardCell.problem_id)
        .where(BoardCell.board == ALL.board, BoardCell.user_id == user_id, Problem.slug == slug)
    )
    return session.scalar(cell) is not None
