"""One submission with all that is known of it, and the list of one's own."""

import time
from collections.abc import AsyncIterator
from typing import Annotated

from fastapi import APIRouter, Query, Request
from fastapi.sse import KEEPALIVE_COMMENT, format_sse_event
from starlette.concurrency import run_in_threadpool
from starlette.responses import Response

from api.access import listable_user, visible_submission
from api.pages.highlighting import highlighted
from api.pages.paging import Id, NextPage, opened, sealed, without_nul
from api.pages.panel import Panel, panel_of
from api.pages.preferences import reader_of
from api.pages.rendering import draw, render
from api.pages.viewer import SignedIn
from api.services import Ctx
from api.sse import LOOK_AGAIN_S, RETRY_MS, event_stream
from judge.problems.views import all_problems, read_problem
from judge.submissions.lifecycle import list_submissions
from judge.verdict import Verdict

router = APIRouter(include_in_schema=False)

REFRESH_S = 2
ANNOUNCE_S = 2.0
"""A voice that reads what happens is given a new line no more often."""
Filter = Annotated[str, Query(max_length=200)]


@router.get("/submissions/{id}")
def show_submission(request: Request, ctx: Ctx, viewer: SignedIn, id: Id) -> Response:
    """The verdict as it comes, every test, and the source."""
    view = visible_submission(ctx.db, viewer, id)
    reader = reader_of(request)
    panel = panel_of(view, reader)
    problem = read_problem(ctx.db, view.problem)
    return render(
        request,
        "submission.html",
        panel=panel,
        title=view.problem if problem is None else reader.pick(problem.title) or view.problem,
        offered=problem is not None,
        source=highlighted(view.source, view.language),
        slowest_s=max((test.time_s for test in view.tests), default=0.0),
        refresh=None if panel.state == "done" else REFRESH_S,
    )


@router.get("/submissions")
def show_submissions(
    request: Request,
    ctx: Ctx,
    viewer: SignedIn,
    problem: Filter = "",
    verdict: Filter = "",
    user: Filter = "",
    cursor: NextPage = None,
) -> Response:
    """Newest first, runs left out; the filters stand in the address."""
    # Without a name one's own, an admin's too: the page is called "Submissions" of somebody.
    whose, solved_by = listable_user(ctx.db, viewer, without_nul(user) or viewer.user.name)
    page = list_submissions(
        ctx.db,
        user_id=whose,
        solved_by=solved_by,
        slug=without_nul(problem) or None,
        verdict=Verdict(verdict) if verdict in tuple(Verdict) else None,
        cursor=opened(request, ctx, cursor),
    )
    reader = reader_of(request)
    titles = {one.slug: reader.pick(one.title) or one.slug for one in all_problems(ctx.db)}
    return render(
        request,
        "submissions.html",
        items=page.items,
        titles=titles,
        verdicts=list(Verdict),
        chosen={"problem": problem, "verdict": verdict, "user": user},
        next_cursor=sealed(request, ctx, page.next),
    )


@router.get("/submissions/{id}/panel/events")
async def follow_panel(
    request: Request,
    ctx: Ctx,
    viewer: SignedIn,
    id: Id,
    details: bool = False,
) -> Response:
    """The panel, drawn anew whenever something has happened, until there is a verdict.

    Each message `panel` is the whole panel, so that a client that comes back needs no number to go
    on from; `done` says that no more will come.
    """
    # Before the answer begins, so that it can still be a 404.
    await run_in_threadpool(visible_submission, ctx.db, viewer, id)

    def panel_now() -> Panel:
        return panel_of(visible_submission(ctx.db, viewer, id), reader_of(request))

    async def stream() -> AsyncIterator[bytes]:
        shown, announced_at = None, 0.0
        with ctx.subscriptions.listen(id) as listener:
            while True:
                panel = await run_in_threadpool(panel_now)
                done = panel.state == "done"
                if panel != shown:
                    says = done or time.monotonic() - announced_at >= ANNOUNCE_S
                    announced_at = time.monotonic() if says else announced_at
                    html = await run_in_threadpool(
                        draw,
                        request,
                        "panel-fragment.html",
                        panel=panel,
                        details=details,
                        announces=says,
                    )
                    yield format_sse_event(event="panel", data_str=html, retry=RETRY_MS)
                    shown = panel
                else:
                    yield KEEPALIVE_COMMENT
                if done:
                    yield format_sse_event(event="done", data_str="done")
                if done or ctx.subscriptions.closing:
                    return
                await listener.wait(LOOK_AGAIN_S)

    return event_stream(stream())
