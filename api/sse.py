"""Event streams: a log of events in the database, followed live (server-sent events).

On connecting: `retry`, then a `snapshot` as GET shows it, without an id. Then the log's events,
each with the id to resume from. The stream ends after `done`; a client that reconnects then gets
the snapshot and the end again.

The log in the database is what is sent. A hint from the broker may bring the events that are next
in it; else it only says that it is worth looking. Whoever gets no hints looks every few seconds.
The wire format is the framework's.
"""

import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import suppress

from fastapi.sse import KEEPALIVE_COMMENT, format_sse_event
from starlette.responses import StreamingResponse

from api.services import Services
from judge.errors import UnavailableError
from judge.events import EventView, Listener

RETRY_MS = 2000
PING_S = 15.0
LOOK_AGAIN_S = 5.0
"""How often a waiting reader looks without any hint: what a dead broker costs."""


def event_stream(messages: AsyncIterator[bytes]) -> StreamingResponse:
    """An answer that no cache keeps and no proxy holds back.

    A database that goes away ends the stream; the client comes back and goes on after the last id
    that it got.
    """
    # X-Accel-Buffering: nginx would hold events back until its buffer is full.
    headers = {"Cache-Control": "no-cache", "X-Accel-Buffering": "no"}
    return StreamingResponse(
        _until_unavailable(messages), media_type="text/event-stream", headers=headers
    )


async def _until_unavailable(messages: AsyncIterator[bytes]) -> AsyncIterator[bytes]:
    with suppress(UnavailableError):
        async for message in messages:
            yield message


def snapshot(document: str) -> bytes:
    """The first message: when to come back, and the JSON `document` as it is now."""
    return format_sse_event(event="snapshot", data_str=document, retry=RETRY_MS)


def event_message(event: EventView, data: str) -> bytes:
    """One event of the log; `data` is JSON."""
    return format_sse_event(event=event.kind, data_str=data, id=str(event.id))


def resume_after(last_event_id: str | None, newest: int) -> int | None:
    """The id after which a client that reconnects goes on; None for one that has nothing."""
    if last_event_id and last_event_id.isascii() and last_event_id.isdigit():
        # Python refuses to read thousands of digits; eighteen are beyond any id of ours.
        has = int(last_event_id[:18])
        # An id from the future is of another database; such a client has nothing of ours.
        if has <= newest:
            return has
    return None


async def follow(
    ctx: Services,
    read: Callable[[int], Awaitable[list[EventView]]],
    after: int,
    listener: Listener,
) -> AsyncIterator[list[EventView]]:
    """The events after `after` as they come, those together that come together, until one is `done`
    or the process stops.

    `read` gives the log after an id. An empty list comes when nothing has happened for PING_S: send
    KEEPALIVE_COMMENT then.
    """
    next_ping = time.monotonic() + PING_S
    events = await read(after)
    while True:
        if events:
            yield events
            after = events[-1].id
        # What came last is sent before the stream ends, also when the process stops.
        if ctx.subscriptions.closing or (events and events[-1].kind == "done"):
            return
        if time.monotonic() >= next_ping:
            yield []
            next_ping = time.monotonic() + PING_S
        # A ping is never late, and a lost hint costs no more than LOOK_AGAIN_S.
        hinted = await listener.wait(min(next_ping - time.monotonic(), LOOK_AGAIN_S))
        brought = listener.events_after(after) if hinted else None
        events = await read(after) if brought is None else brought
        # Not of those before: a follower who comes later reads old ones, which are not late.
        for event in events:
            ctx.metrics.event_lag.observe(max(0.0, time.time() - event.at))


async def messages(
    events: AsyncIterator[list[EventView]], data_of: Callable[[EventView], str]
) -> AsyncIterator[bytes]:
    """The events on the wire; `data_of` gives the JSON of each."""
    async for together in events:
        written = [event_message(event, data_of(event)) for event in together]
        # In one piece: sending takes longer than writing.
        yield b"".join(written) or KEEPALIVE_COMMENT
