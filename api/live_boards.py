"""A board that is sent again whenever it has moved: to scripts as JSON, to pages as HTML.

Each message holds the whole board, or its first page. So a client that comes back needs no id to
go on from, and a message that is lost or repeated does no harm.
"""

import asyncio
import hashlib
import marshal
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from operator import attrgetter

from fastapi.sse import KEEPALIVE_COMMENT, format_sse_event
from starlette.concurrency import run_in_threadpool

from api.services import Services
from api.sse import PING_S, RETRY_MS
from judge.boards.views import BoardLine, BoardPage
from judge.errors import NotFoundError
from judge.events import BOARDS

_LINE = attrgetter("rank", "user", "score", "num_solved", "time")
ROWS_DIGITS = 16
MOST_OFTEN_S = 0.5
"""A board that moves all the time is sent no more often than this."""


def state_of(page: BoardPage) -> str:
    """A word that is another one for every other state of a board. Its first ROWS_DIGITS are the
    rows' alone, those after them the own line's."""
    own = page.own
    return _state(page.rows) + ("" if own is None else _state([own.line], shared=own.shared))


def _state(rows: Sequence[BoardLine], *, shared: bool = False) -> str:
    # Plain values alone, which `marshal` writes in a sixth of `repr`'s time. Its format 2 knows no
    # references, so that equal values are equal bytes in every process.
    lines = [(*_LINE(line), [*map(tuple, line.problems)]) for line in rows]
    return hashlib.sha256(marshal.dumps((lines, shared), 2)).hexdigest()[:ROWS_DIGITS]


async def board_messages(
    ctx: Services,
    look: Callable[[], Awaitable[BoardPage]],
    write: Callable[[BoardPage], str],
    *,
    first: str,
    then: str,
    shown: str = "",
) -> AsyncIterator[bytes]:
    """An event `first` with the board, then an event `then` whenever it is another.

    `look` is asked when something may have moved, and `write` gives a message's text. `shown` is
    the `state_of` the board that the client has already. The stream ends when the process stops
    and when there is no such board any more, or not for this reader, who has left the team.
    """
    name = first
    with ctx.subscriptions.listen(BOARDS) as listener:
        while True:
            try:
                page = await look()
            except NotFoundError:
                return
            if state_of(page) == shown:
                # Something goes over the wire now and then, or proxies would cut the connection.
                yield KEEPALIVE_COMMENT
            else:
                text = await run_in_threadpool(write, page)
                yield format_sse_event(event=name, data_str=text, retry=RETRY_MS)
                name, shown = then, state_of(page)
            if ctx.subscriptions.closing:
                return
            await asyncio.sleep(MOST_OFTEN_S)
            await listener.wait(PING_S - MOST_OFTEN_S)
