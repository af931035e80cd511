"""Event streams: a log of events in the database, followed live (server-sent events).

A stream begins with `retry` and a `snapshot` (what GET shows), which has no id. Then come the log's
events, each with the id to resume from. The stream ends after `done`; a client that reconnects then
gets the snapshot and the end again.

The stream sends the log in the database. A hint from the broker may contain the log's next events;
else it only says that the log may have new ones. Without hints, a follower reads the log every few
seconds. The framework writes the wire format.
"""

import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import suppress
from functools import partial

from fastapi.sse import KEEPALIVE_COMMENT, format_sse_event
from starlette.responses import StreamingResponse

from api.services import Services
from judge.accounts.users import Principal, still_works
from judge.errors import UnavailableError
from judge.events import EventView, Listener

RETRY_MS = 2000
PING_S = 15.0
LOOK_AGAIN_S = 5.0
"""How often a waiting follower reads without a hint: the longest delay if the broker is down."""


def event_stream(
    ctx: Services, reader: Principal | None, messages: AsyncIterator[bytes]
) -> StreamingResponse:
    """Answer with a stream that no cache stores and no proxy delays.

    It ends when the token or session of `reader` ends (None: anybody may read it, without one). It
    also ends if the database goes down; the client reconnects and resumes after the last id that it
    got.
    """
    # X-Accel-Buffering: without it, nginx would hold events until its buffer is full.
    headers = {"Cache-Control": "no-cache", "X-Accel-Buffering": "no"}
    return StreamingResponse(
        _while_allowed(ctx, reader, messages), media_type="text/event-stream", headers=headers
    )


async def _while_allowed(
    ctx: Services, reader: Principal | None, messages: AsyncIterator[bytes]
) -> AsyncIterator[bytes]:
    with suppress(UnavailableError):
        async for message in messages:
            # Checked for each message, pings too: a stream may last for hours, and a reader who has
            # signed out, lost the token or been banned since it began must get nothing more.
            if reader is not None and not await ctx.calls.look(
                partial(still_works, ctx.db, reader)
            ):
                return
            yield message


def snapshot(document: str) -> bytes:
    """The first message: the delay before a reconnect, and the current JSON `document`."""
    return format_sse_event(event="snapshot", data_str=document, retry=RETRY_MS)


def event_message(event: EventView, data: str) -> bytes:
    """One event of the log; `data` is JSON."""
    return format_sse_event(event=event.kind, data_str=data, id=str(event.id))


def resume_after(last_event_id: str | None, newest: int) -> int | None:
    """Return the id after which a client that reconnects resumes; None if it has no events yet."""
    if last_event_id and last_event_id.isascii() and last_event_id.isdigit():
        # Python refuses to read thousands of digits; eighteen are beyond any id of ours.
        has = int(last_event_id[:18])
        # An id that is too large comes from another database: the client has no events of this one.
        if has <= newest:
            return has
    return None


async def follow(
    ctx: Services,
    read: Callable[[int], Awaitable[list[EventView]]],
    after: int,
    listener: Listener,
) -> AsyncIterator[list[EventView]]:
    """Yield the events after the id `after` as they come, in lists of those that come together,
    until one is `done` or the process stops.

    `read` reads the log after an id. Every PING_S an empty list is yielded: the caller sends
    KEEPALIVE_COMMENT then.
    """
    next_ping = time.monotonic() + PING_S
    events = await read(after)
    while True:
        if events:
            yield events
            after = events[-1].id
        # The last events are sent before the stream ends, even when the process stops.
        if ctx.subscriptions.closing or (events and events[-1].kind == "done"):
            return
        if time.monotonic() >= next_ping:
            yield []
            next_ping = time.monotonic() + PING_S
        # Wait no longer than until the next ping; a lost hint delays events by LOOK_AGAIN_S.
        hinted = await listener.wait(min(next_ping - time.monotonic(), LOOK_AGAIN_S))
        brought = listener.events_after(after) if hinted else None
        events = await read(after) if brought is None else brought
        # Only for these: the first read, above, may return old events, which are not late.
        for event in events:
            ctx.metrics.event_lag.observe(max(0.0, time.time() - event.at))


async def messages(
    events: AsyncIterator[list[EventView]], data_of: Callable[[EventView], str]
) -> AsyncIterator[bytes]:
    """Write the events in the wire format; `data_of` returns the JSON of each."""
    async for together in events:
        written = [event_message(event, data_of(event)) for event in together]
        # Sent in one piece: sending takes longer than writing.
        yield b"".join(written) or KEEPALIVE_COMMENT
