"""Stream a team's events to its members: from now on, or after `Last-Event-ID`."""

import json
from collections.abc import AsyncIterator
from contextlib import suppress
from functools import partial
from typing import Annotated

from fastapi import Header
from fastapi.sse import format_sse_event
from starlette.concurrency import run_in_threadpool
from starlette.responses import StreamingResponse

from api.auth import Reader
from api.services import PREFIX, Ctx
from api.sse import RETRY_MS, event_stream, follow, messages, resume_after
from api.v1.params import no_nul
from api.v1.routing import ApiRouter
from api.v1.schemas.teams import TeamOut
from api.v1.teams import READ_ANSWERS, Slug
from judge.errors import NotFoundError
from judge.events import EventView
from judge.teams import events, membership

router = ApiRouter(prefix=PREFIX, tags=["teams"])

_EXAMPLE = (
    'id: 7\nevent: snapshot\ndata: {"slug": "friday-group", "last_event_id": 7}\nretry: 2000\n\n'
    'id: 8\nevent: accepted\ndata: {"user": "ada", "problem": "maxsubarray", "id": 8}\n\n'
    'id: 9\nevent: board\ndata: {"user": "ada", "rank": 1, "rank_before": 2, "id": 9}\n\n'
    'id: 12\nevent: joined\ndata: {"user": "eve", "id": 12}\n\n'
)


@router.get(
    "/teams/{slug}/events",
    operation_id="streamTeamEvents",
    summary="Follow a team live",
    response_class=StreamingResponse,
    responses={
        200: {
            "description": "Events `snapshot accepted board joined left`",
            "content": {"text/event-stream": {"example": _EXAMPLE}},
        },
        **READ_ANSWERS,
    },
)
async def stream_team_events(
    slug: Slug,
    ctx: Ctx,
    principal: Reader,
    last_event_id: Annotated[
        str | None, Header(description="The last id that you received; the stream resumes after it")
    ] = None,
) -> StreamingResponse:
    """A stream of a team's events: first the team, then each accepted submission of a member, each
    change of the order on its board of all time, and who joins or leaves. Submissions in interviews
    are left out. For members only; if you leave the team, the stream ends. A ping is sent every 15
    seconds."""
    find = partial(membership.find_team, ctx.db, no_nul(slug), principal.user_id)
    # Read before the answer begins, so that it can still be a 404.
    team = await run_in_threadpool(find)

    def read(after: int) -> list[EventView]:
        found = events.replay(ctx.db, team.id, after)
        # Checked after reading: a user who has left gets no event, not even that they left.
        find()
        return found

    async def look(after: int) -> list[EventView]:
        return await ctx.calls.look(partial(read, after))

    async def stream() -> AsyncIterator[bytes]:
        with ctx.subscriptions.listen(events.channel_of(team.id)) as listener:
            newest = await ctx.calls.look(partial(events.newest_id, ctx.db, team.id))
            has = resume_after(last_event_id, newest)
            after = newest if has is None else has
            shown = {**TeamOut.model_validate(team).model_dump(), "last_event_id": after}
            text = json.dumps(shown, ensure_ascii=False)
            # With an id, so that a client that reconnects before the first event misses none.
            yield format_sse_event(event="snapshot", data_str=text, id=str(after), retry=RETRY_MS)
            with suppress(NotFoundError):
                async for message in messages(follow(ctx, look, after, listener), _json):
                    yield message

    return event_stream(ctx, principal, stream())


def _json(event: EventView) -> str:
    return json.dumps({**event.data, "at": event.at, "id": event.id}, ensure_ascii=False)
