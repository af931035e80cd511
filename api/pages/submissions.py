"""One submission with all that is known of it, and the list of one's own."""

import time
from typing import Annotated

from fastapi import APIRouter, Query, Request
from starlette.concurrency import run_in_threadpool
from starlette.responses import Response

from api.access import listable_user, visible_submission
from api.pages.highlighting import highlighted
from api.pages.paging import Id, NextPage, opened, sealed, without_nul
from api.pages.panel import Panel, panel_of
from api.pages.preferences import reader_of
from api.pages.redrawing import redrawn
from api.pages.rendering import draw, render
from api.pages.viewer import SignedIn
from api.services import Ctx
from api.sse import event_stream
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
        # Without scripts the page loads itself again until there is a verdict.
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
    """The panel, drawn anew whenever something has happened, until there is a verdict."""
    # Before the answer begins, so that it can still be a 404.
    await run_in_threadpool(visible_submission, ctx.db, viewer, id)
    shown: Panel | None = None
    announced_at = 0.0

    def look() -> tuple[str | None, bool]:
        nonlocal shown, announced_at
        panel = panel_of(visible_submission(ctx.db, viewer, id), reader_of(request))
        done = panel.state == "done"
        # Nothing that is shown has changed.
        if panel == shown:
            return None, done
        shown = panel
        # The last line is always said, and the others not too quickly.
        announces = done or time.monotonic() - announced_at >= ANNOUNCE_S
        announced_at = time.monotonic() if announces else announced_at
        html = draw(
            request, "panel-fragment.html", panel=panel, details=details, announces=announces
        )
        return html, done

    return event_stream(redrawn(ctx, id, "panel", look))
