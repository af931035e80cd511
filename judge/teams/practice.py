"""Practice sets: problems that a team's owner has chosen, and the dates between which submissions
count."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import (
    BindParameter,
    ColumnElement,
    Integer,
    and_,
    bindparam,
    delete,
    func,
    literal,
    or_,
    select,
)
from sqlalchemy.orm import Session

from judge.boards.keeping import lock_exclusive
from judge.boards.rebuild import refresh_set
from judge.boards.windows import Window, set_window
from judge.db.board_models import BoardCell, BoardRow
from judge.db.models import Problem
from judge.db.session import Database
from judge.db.team_models import PracticeProblem, PracticeSet, TeamMember
from judge.db.team_models import Team as TeamRow
from judge.errors import ConflictError, InvalidError, NotFoundError
from judge.ids import new_id
from judge.teams.membership import Team, member_ids, owned_team

MAX_SETS = 50
MAX_PROBLEMS = 50


@dataclass(frozen=True, slots=True)
class Practice:
    """A practice set. `problems` are slugs in the owner's order; dates in epoch seconds, None for
    no limit: a submission counts if it was made at `starts_at` or later and before `ends_at`."""

    id: str
    name: str
    problems: tuple[str, ...]
    starts_at: float | None
    ends_at: float | None
    created_at: float

    def runs_at(self, now: float) -> bool:
        """Whether a submission made at this moment counts in it."""
        return now in set_window(self.id, self.starts_at, self.ends_at)


@dataclass(frozen=True, slots=True)
class OpenSet:
    """A set that is running in one of a user's teams, and how many of its problems the user has
    solved since it began. `ends_at` in epoch seconds, None for no end."""

    id: str
    name: str
    team: str
    team_slug: str
    ends_at: float | None
    num_solved: int
    num_problems: int


@dataclass(frozen=True, slots=True)
class PracticePlan:
    """A practice set as an owner requests it."""

    name: str
    problems: Sequence[str]
    starts_at: float | None = None
    ends_at: float | None = None


def create_practice(db: Database, team: Team, plan: PracticePlan, *, by: str) -> Practice:
    """Create a practice set; what members did within its dates counts already.

    Raises ForbiddenError, InvalidError (`field` says what), ConflictError, UnavailableError.
    """
    with db.write() as session:
        owned_team(session, team, by)
        count = select(func.count()).where(PracticeSet.team_id == team.id)
        if (session.scalar(count) or 0) >= MAX_SETS:
            raise ConflictError(f"A team can't have more than {MAX_SETS} practice sets.")
        # `_carry_out` gives it its name, dates and problems.
        row = PracticeSet(id=new_id(), team_id=team.id, name="", created_at=db.now(session))
        session.add(row)
        session.flush()
        return _carry_out(db, session, row, plan)


def change_practice(
    db: Database, team: Team, seen: Practice, plan: PracticePlan, *, by: str
) -> Practice:
    """Change the set `seen` to what `plan` says; its board is computed again.

    Raises ConflictError if the set has changed since it was `seen`; else as `create_practice`.
    """
    with db.write() as session:
        owned_team(session, team, by)
        row = _row(session, team, seen.id)
        if _practice(session, row) != seen:
            raise ConflictError("The practice set has changed since you read it; read it again.")
        return _carry_out(db, session, row, plan)


def delete_practice(db: Database, team: Team, set_id: str, *, by: str) -> None:
    """Delete a practice set and its board. Raises NotFoundError, ForbiddenError."""
    with db.write() as session:
        owned_team(session, team, by)
        row = _row(session, team, set_id)
        lock_exclusive(db, session)
        for table in (BoardRow, BoardCell):
            session.execute(delete(table).where(table.board == _window(row).board))
        session.execute(delete(PracticeProblem).where(PracticeProblem.set_id == row.id))
        session.delete(row)


def list_practice(db: Database, team: Team) -> list[Practice]:
    """The team's practice sets, newest first. Raises UnavailableError."""
    query = select(PracticeSet).where(PracticeSet.team_id == team.id)
    with db.read() as session:
        rows = session.scalars(query.order_by(PracticeSet.id.desc())).all()
        return _practices(session, rows)


def running_practice(db: Database, team: Team) -> Practice | None:
    """The team's running set: of several the one that ends first, of those the newest; None if
    none is running. Raises UnavailableError."""
    query = select(PracticeSet).where(PracticeSet.team_id == team.id, _runs_at(db.about_now()))
    with db.read() as session:
        row = session.scalar(query.order_by(*_FIRST_TO_END).limit(1))
        return None if row is None else _practice(session, row)


def open_sets(db: Database, user_id: str, limit: int = 5) -> list[OpenSet]:
    """The running sets in the user's teams, those that end first at the front. Raises
    UnavailableError."""
    asked = {"user": user_id, "now": db.about_now(), "most": limit}
    with db.read_columns() as connection:
        return [OpenSet(*row) for row in connection.execute(_OPEN_SETS, asked)]


def find_practice(db: Database, team: Team, set_id: str) -> Practice:
    """One of the team's sets. Raises NotFoundError, UnavailableError."""
    with db.read() as session:
        return _practice(session, _row(session, team, set_id))


# A set without an end comes last, on both databases.
_FIRST_TO_END = (PracticeSet.ends_at.is_(None), PracticeSet.ends_at, PracticeSet.id.desc())


def _runs_at(now: float | BindParameter[float]) -> ColumnElement[bool]:
    """`Practice.runs_at`, in SQL."""
    begun = or_(PracticeSet.starts_at.is_(None), PracticeSet.starts_at <= now)
    return begun & or_(PracticeSet.ends_at.is_(None), PracticeSet.ends_at > now)


# Built once: building takes longer than the database needs.
_NUM_PROBLEMS = (
    select(func.count())
    .select_from(PracticeProblem)
    .join(Problem, Problem.id == PracticeProblem.problem_id)
    .where(PracticeProblem.set_id == PracticeSet.id, Problem.withdrawn_at.is_(None))
    .scalar_subquery()
)
_OPEN_SETS = (
    select(
        PracticeSet.id,
        PracticeSet.name,
        TeamRow.name,
        TeamRow.slug,
        PracticeSet.ends_at,
        func.coalesce(BoardRow.num_solved, 0),
        _NUM_PROBLEMS,
    )
    .select_from(TeamMember)
    .join(TeamRow, TeamRow.id == TeamMember.team_id)
    .join(PracticeSet, PracticeSet.team_id == TeamMember.team_id)
    .outerjoin(
        BoardRow,
        and_(
            # The set's own board; see `set_window`.
            BoardRow.board == literal(set_window("", None, None).board) + PracticeSet.id,
            BoardRow.user_id == TeamMember.user_id,
        ),
    )
    .where(TeamMember.user_id == bindparam("user"), _runs_at(bindparam("now")))
    .order_by(*_FIRST_TO_END)
    .limit(bindparam("most", type_=Integer))
)


def _carry_out(db: Database, session: Session, row: PracticeSet, plan: PracticePlan) -> Practice:
    if plan.starts_at is not None and plan.ends_at is not None and plan.ends_at <= plan.starts_at:
        raise InvalidError("The end must come after the start.", "ends_at")
    slugs = plan.problems
    if not 0 < len(slugs) <= MAX_PROBLEMS or len(set(slugs)) != len(slugs):
        raise InvalidError(f"Choose 1 to {MAX_PROBLEMS} problems, each once.", "problems")
    query = select(Problem.slug, Problem.id).where(
        Problem.slug.in_(slugs), Problem.withdrawn_at.is_(None)
    )
    found = dict(session.execute(query).all())
    for slug in slugs:
        if slug not in found:
            raise InvalidError(f"There is no problem {slug[:100]!r}.", "problems")
    chosen = [found[slug] for slug in slugs]
    row.name, row.starts_at, row.ends_at = plan.name, plan.starts_at, plan.ends_at
    session.execute(delete(PracticeProblem).where(PracticeProblem.set_id == row.id))
    for position, problem_id in enumerate(chosen):
        session.add(PracticeProblem(set_id=row.id, problem_id=problem_id, position=position))
    lock_exclusive(db, session)
    refresh_set(session, _window(row), member_ids(session, row.team_id), chosen)
    return _practice(session, row)


def _row(session: Session, team: Team, set_id: str) -> PracticeSet:
    row = session.get(PracticeSet, set_id)
    if row is None or row.team_id != team.id:
        raise NotFoundError("The team has no such practice set.")
    return row


def _practice(session: Session, row: PracticeSet) -> Practice:
    (practice,) = _practices(session, [row])
    return practice


def _practices(session: Session, rows: Sequence[PracticeSet]) -> list[Practice]:
    query = (
        select(PracticeProblem.set_id, Problem.slug)
        .join(Problem, PracticeProblem.problem_id == Problem.id)
        .where(PracticeProblem.set_id.in_([row.id for row in rows]))
        .order_by(PracticeProblem.position)
    )
    slugs = defaultdict[str, list[str]](list)
    for set_id, slug in session.execute(query):
        slugs[set_id].append(slug)
    return [
        Practice(row.id, row.name, tuple(slugs[row.id]), row.starts_at, row.ends_at, row.created_at)
        for row in rows
    ]


def _window(row: PracticeSet) -> Window:
    return set_window(row.id, row.starts_at, row.ends_at)
