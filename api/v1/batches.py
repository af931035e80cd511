"""Batches: many sources in one request; each result is streamed when it is there. For programs."""

import time
from collections import Counter
from collections.abc import AsyncIterator
from functools import partial
from typing import Annotated

from fastapi import Path
from fastapi.sse import KEEPALIVE_COMMENT, format_sse_event
from starlette.responses import StreamingResponse

from api.access import visible_batch
from api.auth import Program, Reader
from api.content_language import ContentLanguage, InLanguage
from api.services import PREFIX, Ctx, Services
from api.sse import LOOK_AGAIN_S, PING_S, event_stream, snapshot
from api.submitting import submit_batch
from api.v1.params import IdempotencyKey, no_nul, problem_answers
from api.v1.routing import ApiRouter
from api.v1.schemas.batches import BatchDoneOut, BatchIn, BatchItemOut, BatchOut
from api.v1.serializers import submission_item_out
from judge.submissions.batches import BatchView, Source, read_batch
from judge.submissions.views import PublicState, SubmissionSummary

router = ApiRouter(prefix=PREFIX, tags=["submissions"])
_PATH = "/runs:batch"
PATH = PREFIX + _PATH
BatchId = Annotated[str, Path(description="The batch's id")]

_EXAMPLE = (
    'event: snapshot\ndata: {"id": "...", "total": 2, "num_done": 0, "items": [...]}\n'
    "retry: 2000\n\n"
    'event: result\ndata: {"index": 1, "submission": "...", "verdict": "AC"}\n\n'
    'event: result\ndata: {"index": 0, "submission": "...", "verdict": "WA"}\n\n'
    'event: done\ndata: {"total": 2, "verdicts": {"AC": 1, "WA": 1}}\n\n'
)
_STREAM = {
    "description": "Events `snapshot result done`",
    "content": {"text/event-stream": {"example": _EXAMPLE}},
}


@router.post(
    _PATH,
    operation_id="createBatch",
    status_code=202,
    summary="Judge many sources",
    response_class=StreamingResponse,
    responses={
        202: {**_STREAM, "headers": {"Location": {"schema": {"type": "string"}}}},
        **problem_answers(401, 403, 404, 409, 413, 415, 422, 429, 503),
    },
)
async def create_batch(
    body: BatchIn,
    ctx: Ctx,
    principal: Program,
    language: InLanguage,
    key: IdempotencyKey = None,
) -> StreamingResponse:
    """Judge up to 100 sources on all tests of a problem. They appear on no board and in no list,
    and are judged when no submission or run of a user waits. All of them are accepted, or none.

    The answer is a stream: first a snapshot of the batch with its id, then each result as it comes,
    with the source's index in the request. If you disconnect, nothing is lost: `Location` has all
    results, and `Location` with `/events` continues the stream. Only for bearer tokens."""
    batch_id = await submit_batch(
        ctx,
        principal,
        body.problem,
        [Source(one.language, one.source) for one in body.sources],
        key=key,
    )
    view = await ctx.calls.look(partial(visible_batch, ctx.db, principal, batch_id))
    answer = event_stream(ctx, principal, _stream(ctx, view, language))
    answer.status_code = 202
    answer.headers["Location"] = f"{PREFIX}/batches/{batch_id}"
    return answer


@router.get(
    "/batches/{id}",
    operation_id="getBatch",
    summary="One batch",
    responses=problem_answers(401, 403, 404, 503),
)
def get_batch(id: BatchId, ctx: Ctx, principal: Reader, language: InLanguage) -> BatchOut:
    """A batch with all its results so far. Its sender and admins may see it. The service keeps
    results for a time that its settings define (30 days by default)."""
    return _batch_out(visible_batch(ctx.db, principal, no_nul(id)), language)


@router.get(
    "/batches/{id}/events",
    operation_id="streamBatchEvents",
    summary="Follow a batch live",
    response_class=StreamingResponse,
    responses={200: _STREAM, **problem_answers(401, 403, 404, 503)},
)
async def stream_batch(
    id: BatchId, ctx: Ctx, principal: Reader, language: InLanguage
) -> StreamingResponse:
    """The same stream as that of `POST /runs:batch`. The snapshot contains the results so far. A
    ping is sent every 15 seconds."""
    # Read before the answer begins, so that it can still be a 404.
    view = await ctx.calls.look(partial(visible_batch, ctx.db, principal, no_nul(id)))
    return event_stream(ctx, principal, _stream(ctx, view, language))


async def _stream(
    ctx: Services, view: BatchView, language: ContentLanguage
) -> AsyncIterator[bytes]:
    """Yield a snapshot of the batch, then the missing results as they come."""
    told = {index for index, one in view.items if one.state is PublicState.DONE}
    waiting = [one.id for index, one in view.items if index not in told]
    with ctx.subscriptions.listen_to_any(waiting) as listener:
        yield snapshot(_batch_out(view, language).model_dump_json())
        next_ping = time.monotonic() + PING_S
        while True:
            # Read after the subscription began, so that no result is missed.
            found = await ctx.calls.look(partial(_read_batch, ctx, view.id))
            if found is None:
                return  # the sender has deleted their account
            view = found
            if new := _done_since(view, told):
                items = (_item_out(index, one, language).model_dump_json() for index, one in new)
                yield b"".join(format_sse_event(event="result", data_str=item) for item in items)
            if view.num_done == len(view.items):
                verdicts = Counter(one.verdict for _, one in view.items if one.verdict)
                end = BatchDoneOut(total=view.total, verdicts=dict(verdicts))
                yield format_sse_event(event="done", data_str=end.model_dump_json())
                return
            if ctx.subscriptions.closing:
                return
            if time.monotonic() >= next_ping:
                yield KEEPALIVE_COMMENT
                next_ping = time.monotonic() + PING_S
            await listener.wait(min(next_ping - time.monotonic(), LOOK_AGAIN_S))


def _read_batch(ctx: Services, batch_id: str) -> BatchView | None:
    return read_batch(ctx.db, batch_id)


def _done_since(view: BatchView, told: set[int]) -> list[tuple[int, SubmissionSummary]]:
    """Return the submissions with verdicts whose indexes are not in `told`, and add these indexes
    to it; in the order in which they were finished."""
    new = [
        (index, one)
        for index, one in view.items
        if one.state is PublicState.DONE and index not in told
    ]
    told |= {index for index, _ in new}
    return sorted(new, key=lambda item: item[1].finished_at or 0.0)


def _batch_out(view: BatchView, language: ContentLanguage) -> BatchOut:
    return BatchOut(
        id=view.id,
        problem=view.problem,
        created_at=view.created_at,
        total=view.total,
        num_done=view.num_done,
        items=[_item_out(index, one, language) for index, one in view.items],
    )


def _item_out(index: int, one: SubmissionSummary, language: ContentLanguage) -> BatchItemOut:
    told = submission_item_out(one, language).model_dump()
    shared = {name: told[name] for name in BatchItemOut.model_fields if name in told}
    return BatchItemOut(index=index, submission=one.id, **shared)
