"""Boards as tables with a row for each user; the database is read a page at a time."""

from collections.abc import Iterator

from api.csv_tables import Cell, moment
from judge.boards.problem_views import read_problem_board
from judge.boards.views import BoardLine, BoardPage, read_board
from judge.boards.windows import Window
from judge.db.session import Database

Row = list[Cell]
HEADINGS: Row = ["rank", "user", "score", "solved", "last gain (UTC)"]
EXAMPLE = f"{','.join(map(str, HEADINGS))}\r\n1,ada,6,3,2026-09-21 14:13:20\r\n"
SOLVERS_EXAMPLE = (
    "rank,user,language,CPU seconds,from,to,timings\r\n1,ada,python3,0.031,0.029,0.034,5\r\n"
)
_AT_A_TIME = 200


def board_table(db: Database, window: Window) -> Iterator[Row]:
    """The rows of everybody's board. Raises UnavailableError."""
    page = read_board(db, window, None, _AT_A_TIME)
    yield HEADINGS
    while True:
        yield from (_line(line) for line in page.rows)
        if page.next is None:
            return
        page = read_board(db, window, page.next, _AT_A_TIME)


def team_table(page: BoardPage) -> Iterator[Row]:
    """The rows of a team's board. Each problem that is in the practice set or that a member has
    tried has two columns: 1 (solved) or 0 (not solved yet), and the number of tries."""
    slugs = list(dict.fromkeys(cell.slug for line in page.rows for cell in line.problems))
    yield HEADINGS + [heading for slug in slugs for heading in (slug, f"{slug} tries")]
    for line in page.rows:
        tried = {cell.slug: cell for cell in line.problems if cell.solved or cell.num_judged}
        row = _line(line)
        for slug in slugs:
            cell = tried.get(slug)
            row += [None, None] if cell is None else [int(cell.solved), cell.num_judged]
        yield row


def solvers_table(db: Database, slug: str) -> Iterator[Row]:
    """The rows of a problem's solvers, fastest first. Raises NotFoundError, UnavailableError."""
    page = read_problem_board(db, slug, None, _AT_A_TIME)
    yield ["rank", "user", "language", "CPU seconds", "from", "to", "timings"]
    while True:
        for one in page.rows:
            times = [one.time, one.time_low_s, one.time_high_s]
            yield [one.rank, one.user, one.language, *times, one.num_timings]
        if page.next is None:
            return
        page = read_problem_board(db, slug, page.next, _AT_A_TIME)


def _line(line: BoardLine) -> Row:
    return [line.rank, line.user, line.score, line.num_solved, moment(line.time)]
