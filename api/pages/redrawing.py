"""Stream a part of a page, drawn again whenever an event changes what it shows."""

import time
from collections.abc import AsyncIterator, Callable

from fastapi.sse import KEEPALIVE_COMMENT, format_sse_event
from starlette.concurrency import run_in_threadpool

from api.services import Services
from api.sse import LOOK_AGAIN_S, RETRY_MS

ANNOUNCE_S = 2.0
"""The shortest time between two lines that a screen reader reads aloud."""


class Announcements:
    """When a stream sends a line that a screen reader reads aloud."""

    def __init__(self) -> None:
        self._last = -ANNOUNCE_S

    def is_due(self, *, done: bool) -> bool:
        """Whether the line is sent now: the last one always, the others not too often."""
        now = time.monotonic()
        due = done or now - self._last >= ANNOUNCE_S
        self._last = now if due else self._last
        return due


async def redrawn(
    ctx: Services, id: str, event: str, look: Callable[[], tuple[str | None, bool]]
) -> AsyncIterator[bytes]:
    """Yield messages, each with the whole part as HTML, so that a client that reconnects needs no
    event id. `look` returns the HTML (None if nothing has changed since its last call), and whether
    it is final; after the final one, a message `done` follows.
    """
    with ctx.subscriptions.listen(id) as listener:
        while True:
            html, done = await run_in_threadpool(look)
            if html is None:
                # A proxy would cut a connection over which nothing is sent.
                yield KEEPALIVE_COMMENT
            else:
                yield format_sse_event(event=event, data_str=html, retry=RETRY_MS)
            if done:
                # At `done` the client closes; else it would reconnect when the stream ends.
                yield format_sse_event(event="done", data_str="done")
            if done or ctx.subscriptions.closing:
                return
            await listener.wait(LOOK_AGAIN_S)
