"""Boards as readers see them. The columns have the names of CLICS.

Users with equal scores share a rank; within it, the one whose last gain is the earliest comes
first. `time` is in epoch seconds: of the solve in a cell, of the last gain in a row.
"""

from bisect import bisect_left, bisect_right
from collections.abc import Sequence
from dataclasses import astuple, dataclass
from typing import Any, NamedTuple

from sqlalchemy import (
    BindParameter,
    ColumnElement,
    Connection,
    and_,
    bindparam,
    exists,
    func,
    select,
    text,
    tuple_,
)
from sqlalchemy.orm import Session, aliased

from judge.boards.windows import ALL, Window
from judge.db.board_models import BoardCell, BoardRow
from judge.db.models import Judging, Problem, Submission, User
from judge.db.session import Database
from judge.db.team_models import TeamMember
from judge.states import Purpose

USUAL_LINES = 50
"""Lines of everybody's board that are read, if nobody asks for another number."""
# Exactly this text, and no parameter, because only then the database uses the partial index.
_STANDING = text("judging.state <> 'done'")


# A page of a board has thousands: a frozen dataclass takes more than twice as long to create.
class Cell(NamedTuple):
    """One problem in a row. `num_judged` counts verdicts up to the first AC, without CE and JE."""

    slug: str
    solved: bool
    num_judged: int
    num_pending: int
    time: float | None


@dataclass(frozen=True, slots=True)
class BoardLine:
    """One user on a board."""

    rank: int
    user: str
    score: int
    num_solved: int
    time: float | None
    problems: tuple[Cell, ...]


@dataclass(frozen=True, slots=True)
class OwnLine:
    """The reader's own line from another page; `shared` says whether others have its rank."""

    line: BoardLine
    shared: bool


@dataclass(frozen=True, slots=True)
class Place:
    """The position in a board's order at which a page ends. `user` is the id of the last line's
    user on everybody's board, and the name on a team's."""

    deficit: int
    last_gain_at: float
    user: str


@dataclass(frozen=True, slots=True)
class BoardPage:
    """A page of a board; `next` is where the next page begins, None at the end. `own` is the
    reader's line, if the page shows it below its rows."""

    rows: tuple[BoardLine, ...]
    next: Place | None
    window: Window
    own: OwnLine | None = None


class _Row(NamedTuple):
    """The stored values of a line."""

    user_id: str
    name: str
    deficit: int
    num_solved: int
    last_gain_at: float


_ORDER = (BoardRow.deficit, BoardRow.last_gain_at, BoardRow.user_id)
_STORED = (User.id, User.name, BoardRow.deficit, BoardRow.num_solved, BoardRow.last_gain_at)


def read_board(
    db: Database, window: Window = ALL, after: Place | None = None, limit: int = USUAL_LINES
) -> BoardPage:
    """Everybody with a verdict inside `window`, best first. Raises UnavailableError."""
    with db.read_columns() as connection:
        on_board = _listed_on(window)
        query = (
            select(*_STORED)
            .join_from(BoardRow, User, User.id == BoardRow.user_id)
            .where(on_board)
            .order_by(*_ORDER)
            .limit(limit + 1)
        )
        if after is not None:
            place = (after.deficit, after.last_gain_at, after.user)
            query = query.where(tuple_(*_ORDER) > tuple_(*place))
        found = connection.execute(query).all()
        rows = [_Row(*row) for row in found[:limit]]
        if not rows:
            return BoardPage((), None, window)
        before = better = 0
        # A later page may begin inside a rank, so the rows before it are counted.
        if after is not None:
            count = select(func.count()).select_from(BoardRow).where(on_board)
            first = rows[0]
            better = count_better(connection, window, first.deficit)
            here = (first.deficit, first.last_gain_at, first.user_id)
            before = connection.scalar(count.where(tuple_(*_ORDER) < tuple_(*here))) or 0
        cells = _Cells(connection, window, [row.user_id for row in rows])
        lines = _ranked(rows, before, better, cells)
    last = rows[-1]
    more = len(found) > limit
    end = Place(last.deficit, last.last_gain_at, last.user_id) if more else None
    return BoardPage(lines, end, window)


def count_better(reading: Session | Connection, window: Window, deficit: int) -> int:
    """How many users on a board have a higher score: one less than the rank."""
    query = select(func.count()).where(_listed_on(window), BoardRow.deficit < deficit)
    return reading.scalar(query) or 0


def read_own_line(db: Database, window: Window, user_id: str) -> OwnLine | None:
    """One user's line, on whatever page it is; None if the user is not on the board. Raises
    UnavailableError."""
    with db.read_columns() as connection:
        asked = {"board": window.board, "user": user_id}
        found = connection.execute(_OWN_LINE, asked).one_or_none()
        if found is None:
            return None
        *stored, better, shared = found
        cells = _Cells(connection, window, [user_id])
        (line,) = _ranked([_Row(*stored)], better, better, cells)
    return OwnLine(line, shared)


# Built once: each follower of a board asks again whenever it has changed.
_other = aliased(BoardRow)
_BESIDE = and_(_other.board == BoardRow.board, _other.listed.is_(True))
_OWN_LINE = (
    select(
        *_STORED,
        select(func.count()).where(_BESIDE, _other.deficit < BoardRow.deficit).scalar_subquery(),
        exists().where(
            _BESIDE, _other.deficit == BoardRow.deficit, _other.user_id != BoardRow.user_id
        ),
    )
    .join_from(BoardRow, User, User.id == BoardRow.user_id)
    .where(BoardRow.board == bindparam("board"), BoardRow.user_id == bindparam("user"))
    .where(BoardRow.listed.is_(True))
)


def _listed_on(window: Window) -> ColumnElement[bool]:
    return and_(BoardRow.board == window.board, BoardRow.listed.is_(True))


def _ranked(
    rows: Sequence[_Row], before: int, better: int, cells: "_Cells"
) -> tuple[BoardLine, ...]:
    """The rows as lines; `before` rows come before them, `better` users have a higher score."""
    lines: list[BoardLine] = []
    rank, deficit = better + 1, rows[0].deficit
    for position, row in enumerate(rows, start=before + 1):
        if row.deficit != deficit:
            rank, deficit = position, row.deficit
        time = row.last_gain_at or None  # 0 where nothing is solved
        of_user = cells.of(row.user_id)
        lines.append(BoardLine(rank, row.name, -row.deficit, row.num_solved, time, of_user))
    return tuple(lines)


def read_team_board(
    db: Database,
    window: Window,
    team_id: str,
    slugs: Sequence[str] | None = None,
    after: Place | None = None,
    limit: int | None = None,
) -> BoardPage:
    """The board of a team's members, including those without any verdict; whole, if there is no
    `limit`.

    If given, `slugs` are the only problems shown, all in every row. Raises UnavailableError.
    """
    with db.read_columns() as connection:
        rows = _members(connection, window, team_id)
        first = 0 if after is None else bisect_right(rows, astuple(after), key=_member_place)
        shown = rows[first:][:limit]
        if not shown:
            return BoardPage((), None, window)
        better = bisect_left(rows, shown[0].deficit, key=lambda row: row.deficit)
        cells = _Cells(connection, window, [row.user_id for row in shown], slugs)
        lines = _ranked(shown, first, better, cells)
    more = first + len(shown) < len(rows)
    return BoardPage(lines, Place(*_member_place(shown[-1])) if more else None, window)


def read_member_line(
    db: Database,
    window: Window,
    team_id: str,
    user_id: str,
    slugs: Sequence[str] | None = None,
) -> OwnLine | None:
    """One user's line on a team's board; None if the user is not on it. Raises
    UnavailableError."""
    with db.read_columns() as connection:
        rows = _members(connection, window, team_id)
        own = [row for row in rows if row.user_id == user_id]
        if not own:
            return None
        deficits = [row.deficit for row in rows]
        better = bisect_left(deficits, own[0].deficit)
        cells = _Cells(connection, window, [user_id], slugs)
        (line,) = _ranked(own, better, better, cells)
    return OwnLine(line, shared=deficits.count(own[0].deficit) > 1)


def _members(connection: Connection, window: Window, team_id: str) -> list[_Row]:
    """The members' rows in the board's order."""
    asked = {"board": window.board, "team": team_id}
    # Sorted here and not by the database: some of the rows are in no table.
    return sorted((_Row(*row) for row in connection.execute(_MEMBERS, asked)), key=_member_place)


def _member_place(row: _Row) -> tuple[int, float, str]:
    return row.deficit, row.last_gain_at, row.name


def read_cells(db: Database, window: Window, user_id: str) -> dict[str, Cell]:
    """One user's cells, by slug. Raises UnavailableError."""
    with db.read_columns() as connection:
        return {cell.slug: cell for cell in _Cells(connection, window, [user_id]).of(user_id)}


# Built once: building takes longer than the database needs for one user.
_USERS: BindParameter[Any] = bindparam("users", expanding=True)
# Only a verdict creates a row, but members without one are on their team's board too.
_MEMBERS = (
    select(
        User.id,
        User.name,
        func.coalesce(BoardRow.deficit, 0),
        func.coalesce(BoardRow.num_solved, 0),
        func.coalesce(BoardRow.last_gain_at, 0.0),
    )
    .join_from(TeamMember, User, User.id == TeamMember.user_id)
    .outerjoin(BoardRow, and_(BoardRow.user_id == User.id, BoardRow.board == bindparam("board")))
    .where(TeamMember.team_id == bindparam("team"), User.banned_at.is_(None))
)
_PENDING = (
    select(Judging.user_id, Problem.slug, func.count())
    .join(Submission, Submission.id == Judging.submission_id)
    .join(Problem, Problem.id == Submission.problem_id)
    .where(_STANDING, Judging.user_id.in_(_USERS))
    .where(Judging.purpose == Purpose.SUBMISSION, Problem.withdrawn_at.is_(None))
    .where(Submission.created_at >= bindparam("starts_at"))
    .where(Submission.created_at < bindparam("ends_at"))
    .group_by(Judging.user_id, Problem.slug)
)
_JUDGED = (
    select(BoardCell.user_id, Problem.slug, BoardCell.solved_at, BoardCell.num_judged)
    .join(Problem, Problem.id == BoardCell.problem_id)
    .where(BoardCell.board == bindparam("board"), BoardCell.user_id.in_(_USERS))
    .where(Problem.withdrawn_at.is_(None))
)


class _Cells:
    """The cells of some users, including submissions that still wait for a verdict."""

    def __init__(
        self,
        connection: Connection,
        window: Window,
        user_ids: list[str],
        slugs: Sequence[str] | None = None,
    ) -> None:
        self._slugs = slugs
        self._found: dict[str, dict[str, Cell]] = {user_id: {} for user_id in user_ids}
        asked = {
            "users": user_ids,
            "board": window.board,
            "starts_at": window.starts_at,
            "ends_at": window.ends_at,
        }
        # Fetched at once: one by one takes twice as long.
        for user_id, slug, solved_at, num_judged in connection.execute(_JUDGED, asked).all():
            cell = Cell(slug, solved_at is not None, num_judged, 0, solved_at)
            self._found[user_id][slug] = cell
        for of_whom, slug, waiting in connection.execute(_PENDING, asked):
            # A first attempt that still waits has no cell yet.
            of_user = self._found[of_whom or ""]
            cell = of_user.get(slug) or Cell(slug, False, 0, 0, None)
            of_user[slug] = cell._replace(num_pending=waiting)

    def of(self, user_id: str) -> tuple[Cell, ...]:
        """The cells of one user by slug, or exactly those of the `slugs` that were asked for."""
        found = self._found[user_id]
        if self._slugs is None:
            return tuple(found[slug] for slug in sorted(found))
        return tuple(found.get(slug) or Cell(slug, False, 0, 0, None) for slug in self._slugs)
