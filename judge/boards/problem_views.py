"""A problem's board: its solvers by CPU time; times that can't be told apart share a rank.

Each solver is listed with the fastest accepted submission: the median of its timings, and the
interval around it. Rows are ordered by the interval's lower end. A new rank begins with a row whose
interval lies wholly above that of the current rank's first row. So every row of a rank overlaps its
first row, and a chain of overlaps never gives a slow solver the first rank.
"""

from dataclasses import dataclass

from sqlalchemy import select, tuple_

from judge.boards.keeping import points_for
from judge.boards.views import Cell
from judge.boards.windows import ALL
from judge.db.board_models import BoardCell, FastestSolve
from judge.db.models import Problem, User
from judge.db.session import Database
from judge.errors import NotFoundError


@dataclass(frozen=True, slots=True)
class SolverLine:
    """One solver. Times in CPU seconds; `time` is the median of `num_timings` timings."""

    rank: int
    user: str
    score: int
    num_solved: int
    time: float
    time_low_s: float
    time_high_s: float
    num_timings: int
    language: str
    problems: tuple[Cell, ...]


@dataclass(frozen=True, slots=True)
class SolverPlace:
    """Where a page ends: its last row, the number of rows so far, and the last rank with the upper
    end of its first interval."""

    low_s: float
    user_id: str
    position: int
    rank: int
    rank_high_s: float


@dataclass(frozen=True, slots=True)
class SolverPage:
    """A page of a problem's board; `next` is where the next page begins."""

    rows: tuple[SolverLine, ...]
    next: SolverPlace | None


# Lies before every row: no time is negative, and no id sorts before the empty text.
_START = SolverPlace(-1.0, "", 0, 0, -1.0)


def read_problem_board(
    db: Database, slug: str, after: SolverPlace | None = None, limit: int = 50
) -> SolverPage:
    """The problem's solvers, fastest first. Raises NotFoundError, UnavailableError."""
    place = after or _START
    with db.read() as session:
        problem = session.scalar(select(Problem).where(Problem.slug == slug))
        if problem is None or problem.withdrawn_at is not None:
            raise NotFoundError(f"There is no problem {slug!r}.")
        query = (
            select(FastestSolve, User.name, BoardCell)
            .join(User, User.id == FastestSolve.user_id)
            .join(
                BoardCell,
                (BoardCell.user_id == FastestSolve.user_id)
                & (BoardCell.problem_id == FastestSolve.problem_id)
                & (BoardCell.board == ALL.board),
            )
            .where(FastestSolve.problem_id == problem.id, FastestSolve.listed.is_(True))
            # Compared as tuples, as they are ordered: the page begins right after the last one.
            .where(
                tuple_(FastestSolve.low_s, FastestSolve.user_id)
                > tuple_(place.low_s, place.user_id)
            )
            .order_by(FastestSolve.low_s, FastestSolve.user_id)
            .limit(limit + 1)
        )
        found = session.execute(query).all()
        points = points_for(session, problem.id)
    lines: list[SolverLine] = []
    # A rank depends on the rows before it, so the place carries it from page to page.
    for solve, name, cell in found[:limit]:
        place = _next_place(place, solve)
        lines.append(
            SolverLine(
                rank=place.rank,
                user=name,
                score=points,
                num_solved=1,
                time=solve.median_s,
                time_low_s=solve.low_s,
                time_high_s=solve.high_s,
                num_timings=solve.num_timings,
                language=solve.language,
                problems=(
                    Cell(slug, cell.solved_at is not None, cell.num_judged, 0, cell.solved_at),
                ),
            )
        )
    return SolverPage(tuple(lines), place if len(found) > limit else None)


def _next_place(place: SolverPlace, solve: FastestSolve) -> SolverPlace:
    position = place.position + 1
    slower = solve.low_s > place.rank_high_s
    return SolverPlace(
        solve.low_s,
        solve.user_id,
        position,
        position if slower else place.rank,
        solve.high_s if slower else place.rank_high_s,
    )
