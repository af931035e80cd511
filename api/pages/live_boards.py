"""Boards in pages: their columns, and a table that is drawn again whenever it has changed."""

from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Annotated

from fastapi import Query, Request

from api.live_boards import ROWS_DIGITS, board_messages, state_of
from api.pages.preferences import reader_of
from api.pages.problem_list import listing_of
from api.pages.rendering import draw
from api.services import Services
from judge.accounts.users import Principal
from judge.boards.views import BoardLine, BoardPage, OwnLine
from judge.teams.activity import Act

LINES = 25
"""Lines on a page of a board; each has a cell for each problem that somebody on the page tried."""
State = Annotated[str, Query(max_length=32, description="The board that the page shows already")]


def titles_of(request: Request, ctx: Services) -> Mapping[str, str]:
    """The problems' titles in the reader's language, by slug."""
    return listing_of(ctx, reader_of(request)).titles


@dataclass(frozen=True, slots=True)
class Table:
    """A board as it is drawn: its rows, a column (slug, title) for each problem that one of its
    users has tried, and in `me` the reader's name if a row is theirs. `own` is the reader's line
    below the rows. `state` is a hash of the whole board, `rows_state` one of the rows."""

    state: str
    rows: tuple[BoardLine, ...]
    columns: tuple[tuple[str, str], ...]
    me: str
    own: OwnLine | None

    @property
    def rows_state(self) -> str:
        """Equal rows have the same `rows_state`; columns and the reader's name are not in it."""
        return self.state[:ROWS_DIGITS]


def table_of(request: Request, titles: Mapping[str, str], page: BoardPage) -> Table:
    """Return the table to draw for `request`."""
    own = () if page.own is None else (page.own.line,)
    tried = {cell.slug for row in (*page.rows, *own) for cell in row.problems}
    columns = tuple((slug, title) for slug, title in titles.items() if slug in tried)
    viewer: Principal | None = request.state.viewer
    # All readers who are in no row get the same table.
    names = {row.user for row in page.rows}
    me = viewer.user.name if viewer is not None and viewer.user.name in names else ""
    return Table(state_of(page), page.rows, columns, me, page.own)


def drawn_boards(
    request: Request,
    ctx: Services,
    look: Callable[[], Awaitable[BoardPage]],
    seen: str,
    recent: Callable[[], Sequence[Act]] | None = None,
) -> AsyncIterator[bytes]:
    """Yield events named `board`, each with the whole table. `seen` is the state of the board in
    the page; `recent` reads the acts that the page lists under "Just now"."""

    def write(page: BoardPage) -> str:
        titles = titles_of(request, ctx)
        return draw(
            request,
            "board-fragment.html",
            table=table_of(request, titles, page),
            titles=titles,
            acts=None if recent is None else recent(),
        )

    return board_messages(ctx, look, write, first="board", then="board", shown=seen)
