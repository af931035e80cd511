"""The newest verdicts in a team: which member, to which problem, and when."""

from dataclasses import dataclass
from functools import cache

from sqlalchemy import Integer, Select, Text, and_, bindparam, func, or_, select
from sqlalchemy.orm import aliased

from judge.boards.windows import ALL
from judge.db.board_models import BoardCell, Judged
from judge.db.models import Problem, User
from judge.db.session import Database
from judge.db.team_models import TeamMember
from judge.teams.membership import Team
from judge.verdict import Verdict


@dataclass(frozen=True, slots=True)
class Act:
    """One submission with a verdict. `submission` is its id, None if the reader may not open it;
    `problem` is a slug; `created_at` is when it was sent, in epoch seconds."""

    submission: str | None
    user: str
    problem: str
    verdict: Verdict
    created_at: float


def recent_acts(
    db: Database, team: Team, user_id: str, *, is_admin: bool = False, limit: int = 10
) -> list[Act]:
    """The members' newest submissions, as the user may know them, newest first.

    Banned members and withdrawn problems are left out, as on boards. The user may open their own
    submissions, a member's to a problem that both have solved, and as an admin all: the rule of
    `judge.teams.access`. Raises UnavailableError.
    """
    asked = {"team": team.id, "reader": user_id, "most": limit, "skipped": limit - 1}
    with db.read() as session:
        return [
            Act(id if is_admin or may_open else None, name, slug, Verdict(verdict), at)
            for id, name, slug, verdict, at, may_open in session.execute(_newest_acts(), asked)
        ]


@cache
def _newest_acts() -> Select[str, str, str, str, float, bool]:
    """The statement of `recent_acts`; building it takes longer than the database needs."""
    reader = bindparam("reader", type_=Text)
    listed = select(Problem.id).where(Problem.withdrawn_at.is_(None))
    earlier = aliased(Judged)
    # An index has each user's days. So only days are read that can hold one of the newest, and not
    # everything that the members ever sent.
    first_day = (
        select(earlier.day)
        .where(earlier.user_id == TeamMember.user_id, earlier.problem_id.in_(listed))
        .order_by(earlier.day.desc())
        .offset(bindparam("skipped", type_=Integer))
        .limit(1)
        .scalar_subquery()
    )
    recent = and_(Judged.user_id == TeamMember.user_id, Judged.day >= func.coalesce(first_day, 0))
    newest = (
        select(Judged)
        .select_from(TeamMember)
        .join(Judged, recent)
        .join(User, User.id == TeamMember.user_id)
        .where(TeamMember.team_id == bindparam("team", type_=Text), User.banned_at.is_(None))
        .where(Judged.problem_id.in_(listed))
        # Ids sort by time.
        .order_by(Judged.submission_id.desc())
        .limit(bindparam("most", type_=Integer))
        .subquery()
    )
    act = newest.c
    theirs, mine = aliased(BoardCell), aliased(BoardCell)
    both_solved = and_(theirs.solved_at.is_not(None), mine.solved_at.is_not(None))
    query = select(
        act.submission_id, User.name, Problem.slug, act.verdict, act.submitted_at,
        or_(act.user_id == reader, both_solved),
    ).join(User, User.id == act.user_id).join(Problem, Problem.id == act.problem_id)  # fmt: skip
    for cell, owner in ((theirs, act.user_id), (mine, reader)):
        of_both = and_(cell.user_id == owner, cell.problem_id == act.problem_id)
        query = query.outerjoin(cell, and_(cell.board == ALL.board, of_both))
    return query.order_by(act.submission_id.desc())
