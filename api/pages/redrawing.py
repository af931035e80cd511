"""A part of a page that is drawn anew whenever something has happened to what it shows."""

from collections.abc import AsyncIterator, Callable

from fastapi.sse import KEEPALIVE_COMMENT, format_sse_event
from starlette.concurrency import run_in_threadpool

from api.services import Services
from api.sse import LOOK_AGAIN_S, RETRY_MS


async def redrawn(
    ctx: Services, id: str, event: str, look: Callable[[], tuple[str | None, bool]]
) -> AsyncIterator[bytes]:
    """Messages of a stream, each the whole part as HTML: a client that comes back needs no number
    to go on from. `look` gives the HTML, None where nothing has changed since it was last asked,
    and whether that was the last; then a message `done` follows.
    """
    with ctx.subscriptions.listen(id) as listener:
        while True:
            html, done = await run_in_threadpool(look)
            if html is None:
                # Something goes over the wire now and then, or proxies would cut the connection.
                yield KEEPALIVE_COMMENT
            else:
                yield format_sse_event(event=event, data_str=html, retry=RETRY_MS)
            if done:
                # The client closes at `done`; else it would come back after each end of the stream.
                yield format_sse_event(event="done", data_str="done")
            if done or ctx.subscriptions.closing:
                return
            await listener.wait(LOOK_AGAIN_S)
