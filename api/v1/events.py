"""Stream a submission's events: those of its newest judging, or those after `Last-Event-ID`."""

import json
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import replace
from functools import partial
from typing import Annotated

from fastapi import Header
from starlette.responses import StreamingResponse

from api.access import visible_standing, visible_submission
from api.auth import Reader
from api.content_language import ContentLanguage, InLanguage
from api.services import PREFIX, Ctx, Services
from api.sse import event_stream, follow, messages, resume_after, snapshot
from api.v1.params import SubmissionId, problem_answers
from api.v1.routing import ApiRouter
from api.v1.serializers import event_data, sealed_event, submission_out
from judge.events import EventView
from judge.submissions.views import PublicState, SubmissionView

router = ApiRouter(prefix=PREFIX)

_EXAMPLE = (
    'event: snapshot\ndata: {"id": "...", "state": "judging"}\nretry: 2000\n\n'
    'id: 8\nevent: test\ndata: {"index": 1, "total": 9, "verdict": "AC"}\n\n'
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
    id: SubmissionId,
    ctx: Ctx,
    principal: Reader,
    language: InLanguage,
    last_event_id: Annotated[
        str | None, Header(description="The last id that you received; the stream resumes after it")
    ] = None,
) -> StreamingResponse:
    """A stream of events: first a snapshot of the submission, then its events until it is done. A
    ping is sent every 15 seconds."""
    # Read before the answer begins, so that it can still be a 404.
    await ctx.calls.look(partial(visible_standing, ctx.db, principal, id))

    async def stream() -> AsyncIterator[bytes]:
        with ctx.subscriptions.listen(id) as listener:
            look = partial(visible_submission, ctx.db, principal, id)
            view = await ctx.calls.look(look)
            yield snapshot(submission_out(view, language).model_dump_json())
            after = await _start(ctx, view, last_event_id)
            # The client reconnects after the end: no more events will come.
            if view.state is PublicState.DONE and after >= view.last_event_id:
                return
            events = follow(ctx, partial(ctx.calls.events_of, id), after, listener)
            if view.sealed_until is not None:
                events = _sealed(events, partial(ctx.calls.look, look))
            async for message in messages(events, partial(event_json, language=language)):
                yield message

    return event_stream(ctx, principal, stream())


async def _sealed(
    events: AsyncIterator[list[EventView]], look: Callable[[], Awaitable[SubmissionView]]
) -> AsyncIterator[list[EventView]]:
    """Yield the events that a user may see during an interview's round: none of hidden tests, and
    the verdict that the submission's view shows."""
    async for together in events:
        is_done = any(one.kind == "done" for one in together)
        view = await look() if is_done else None
        told = [sealed_event(one, view) for one in together]
        # Without their ids, which would reveal how many tests were run.
        shown = [replace(one, id=0) for one in told if one is not None]
        # If all events are hidden, send nothing: an empty list would be sent as a ping, which
        # would reveal a hidden test as well.
        if shown or not together:
            yield shown


async def _start(ctx: Services, view: SubmissionView, last_event_id: str | None) -> int:
    """Return the id after which to begin: the client's last one, else that before the newest
    judging."""
    has = resume_after(last_event_id, view.last_event_id)
    if has is not None:
        return has
    # From the newest `queued` on: earlier events belong to earlier judgings.
    events = await ctx.calls.events_of(view.id, 0)
    begins = [event.id for event in events if event.kind == "queued"]
    # The id before `queued`, so that it is included.
    return begins[-1] - 1 if begins else 0


def event_json(event: EventView, language: ContentLanguage) -> str:
    """Return an event's data as JSON, with texts in the reader's language and the event's time."""
    return json.dumps({**event_data(event.data, language), "at": event.at}, ensure_ascii=False)
