"""A submission's events, live (server-sent events of the HTML standard, section 9.2).

On connecting: `retry`, then a `snapshot` of the submission as GET shows it, without an id. Then
the log's events, each with the id to resume from: all of the newest judging, or those after
`Last-Event-ID`. The stream ends after `done`; a client that reconnects then gets the snapshot
and the end again.

The log in the database is what is sent; a hint from the broker only says that it is worth
looking. Whoever gets no hints looks every few seconds.
"""

import json
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import suppress
from functools import partial
from typing import Annotated

from fastapi import APIRouter, Depends, Header
from starlette.concurrency import run_in_threadpool
from starlette.responses import StreamingResponse

from api.access import visible_submission
from api.auth import Reader
from api.content_language import Tongue, tongue
from api.deps import PREFIX, Services, problem_answers, services, submission_id
from api.v1.serializers import event_data, submission_out
from judge.errors import UnavailableError
from judge.events import EventView, Listener
from judge.submissions.views import PublicState, SubmissionView

router = APIRouter(prefix=PREFIX)

RETRY_MS = 2000
PING_S = 15.0
LOOK_AGAIN_S = 5.0

SSE_HEADERS = {"Cache-Control": "no-cache", "X-Accel-Buffering": "no"}
_EXAMPLE = (
    'retry: 2000\n\nevent: snapshot\ndata: {"id": "...", "state": "judging"}\n\n'
    'id: 8\nevent: test\ndata: {"index": 0, "total": 9, "verdict": "AC"}\n\n'
    'id: 17\nevent: done\ndata: {"verdict": "AC", "score": 100.0}\n\n'
)


@router.get(
    "/submissions/{id}/events",
    operation_id="streamSubmissionEvents",
    tags=["submissions"],
    summary="Follow a submission live",
    response_class=StreamingResponse,
    responses={
        200: {
            "description": "Events `snapshot queued judging compiling test requeued done`",
            "content": {"text/event-stream": {"example": _EXAMPLE}},
        },
        **problem_answers(401, 403, 404, 503),
    },
)
async def stream_events(
    id: Annotated[str, Depends(submission_id)],
    ctx: Annotated[Services, Depends(services)],
    principal: Reader,
    tongue: Annotated[Tongue, Depends(tongue)],
    last_event_id: Annotated[
        str | None, Header(description="The last id that was received; go on after it")
    ] = None,
) -> StreamingResponse:
    """A snapshot, then what happens until it is done. Pings every 15 seconds."""
    # Before the answer begins, so that it can still be a 404.
    await run_in_threadpool(visible_submission, ctx.db, principal, id)

    async def stream() -> AsyncIterator[bytes]:
        # A database that goes away ends the stream; the client comes back and goes on after the
        # last id it got.
        with suppress(UnavailableError), ctx.live.listen(id) as listener:
            view = await run_in_threadpool(visible_submission, ctx.db, principal, id)
            yield f"retry: {RETRY_MS}\n\n".encode()
            yield message("snapshot", submission_out(view, tongue).model_dump_json())
            after = await _start(ctx, view, last_event_id)
            finished = view.state is PublicState.DONE and after >= view.last_event_id
            if not finished:
                read = partial(ctx.desk.events_of, id)
                async for chunk in follow(ctx, read, after, listener, tongue):
                    yield chunk

    return StreamingResponse(stream(), media_type="text/event-stream", headers=SSE_HEADERS)


def resume_after(last_event_id: str | None, newest: int) -> int | None:
    """The id after which a client that reconnects goes on; None for one that has nothing."""
    if last_event_id and last_event_id.isascii() and last_event_id.isdigit():
        has = int(last_event_id[:18])
        # An id from the future is of another database; such a client has nothing of ours.
        if has <= newest:
            return has
    return None


async def _start(ctx: Services, view: SubmissionView, last_event_id: str | None) -> int:
    """The id after which to go on: what the client has, else the newest judging's beginning."""
    has = resume_after(last_event_id, view.last_event_id)
    if has is not None:
        return has
    events = await ctx.desk.events_of(view.id, 0)
    begins = [event.id for event in events if event.kind == "queued"]
    return begins[-1] - 1 if begins else 0


async def follow(
    ctx: Services,
    read: Callable[[int], Awaitable[list[EventView]]],
    after: int,
    listener: Listener,
    tongue: Tongue,
) -> AsyncIterator[bytes]:
    """The events after `after`, as they come, until the last of them is `done`.

    `read` gives the log after an id.
    """
    next_ping = time.monotonic() + PING_S
    while True:
        events = await read(after)
        for event in events:
            yield _event(event, tongue)
            after = event.id
        if ctx.live.closing or (events and events[-1].kind == "done"):
            return
        left = next_ping - time.monotonic()
        if left <= 0:
            yield b": ping\n\n"
            next_ping = time.monotonic() + PING_S
            left = PING_S
        await listener.wait(min(left, LOOK_AGAIN_S))


def _event(event: EventView, tongue: Tongue) -> bytes:
    data = json.dumps({**event_data(event.data, tongue), "at": event.at}, ensure_ascii=False)
    return f"id: {event.id}\n".encode() + message(event.kind, data)


def message(name: str, data: str) -> bytes:
    """One event of a stream; `data` is JSON."""
    # JSON holds no raw line break, so that one `data:` line is enough.
    return f"event: {name}\ndata: {data}\n\n".encode()
