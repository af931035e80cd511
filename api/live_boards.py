"""Send a board again whenever it changes: to scripts as JSON, to pages as HTML.

Each message holds the whole board, or its first page. So a client that reconnects needs no event
id, and a lost or repeated message does no harm.
"""

import asyncio
import hashlib
import marshal
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from dataclasses import fields
from operator import attrgetter

from fastapi.sse import KEEPALIVE_COMMENT, format_sse_event
from starlette.concurrency import run_in_threadpool

from api.services import Services
from api.sse import PING_S, RETRY_MS
from judge.boards.views import BoardLine, BoardPage
from judge.errors import NotFoundError
from judge.events import BOARDS

# Every field: a board is sent again if any column of it has changed.
_COLUMNS = attrgetter(*(field.name for field in fields(BoardLine) if field.name != "problems"))
ROWS_DIGITS = 16
MOST_OFTEN_S = 0.5
"""The shortest time between two messages about a board that changes all the time."""


def state_of(page: BoardPage) -> str:
    """Return a hash of what the board shows. Its first ROWS_DIGITS digits depend on the rows alone,
    the digits after them on the reader's own line."""
    own = page.own
    return _state(page.rows) + ("" if own is None else _state([own.line], shared=own.shared))


def _state(rows: Sequence[BoardLine], *, shared: bool = False) -> str:
    # `marshal` writes such plain values in a sixth of `repr`'s time. Its format 2 has no
    # references, so that equal values give equal bytes in every process.
    lines = [(*_COLUMNS(line), [*map(tuple, line.problems)]) for line in rows]
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
    """Yield an event named `first` with the board, then one named `then` whenever it has changed.

    `look` reads the board when it may have changed, and `write` makes a message's text. `shown` is
    the `state_of` the board that the client already has. The stream ends when the process stops,
    and when the board no longer exists for this reader, for example because they left the team.
    """
    name = first
    with ctx.subscriptions.listen(BOARDS) as listener:
        while True:
            try:
                page = await look()
            except NotFoundError:
                return
            if state_of(page) == shown:
                # A proxy would cut a connection over which nothing is sent.
                yield KEEPALIVE_COMMENT
            else:
                text = await run_in_threadpool(write, page)
                yield format_sse_event(event=name, data_str=text, retry=RETRY_MS)
                name, shown = then, state_of(page)
            if ctx.subscriptions.closing:
                return
            await asyncio.sleep(MOST_OFTEN_S)
            await listener.wait(PING_S - MOST_OFTEN_S)
