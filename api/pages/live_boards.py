"""Boards in pages: their columns, and the table that is drawn anew whenever it has moved."""

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

State = Annotated[str, Query(max_length=32, description="The board that the page shows already")]


def titles_of(request: Request, ctx: Services) -> Mapping[str, str]:
    """The problems' titles in the reader's language, by slug."""
    return listing_of(ctx, reader_of(request)).titles


@dataclass(frozen=True, slots=True)
class Table:
    """A board as it is drawn: its rows, a column (slug, title) for each problem that somebody in
    them has tried, and the reader's name where it is one of theirs. `own` is the reader's line
    below the rows. `state` is that of all of it, `rows_state` that of the rows."""

    state: str
    rows: tuple[BoardLine, ...]
    columns: tuple[tuple[str, str], ...]
    me: str
    own: OwnLine | None

    @property
    def rows_state(self) -> str:
        """What decides how the rows are drawn, beside the columns and the reader's name."""
        return self.state[:ROWS_DIGITS]


def table_of(request: Request, titles: Mapping[str, str], page: BoardPage) -> Table:
    """The table that `request` gets."""
    own = () if page.own is None else (page.own.line,)
    tried = {cell.slug for row in (*page.rows, *own) for cell in row.problems}
    columns = tuple((slug, title) for slug, title in titles.items() if slug in tried)
    viewer: Principal | None = request.state.viewer
    # Whoever stands in no row gets the same table as everybody else.
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
    """Events `board`, each the whole table. `seen` is the state of the board in the page; `recent`
    reads what stands beside it under "Just now"."""

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
