"""Pages: one submission in full, and the list of submissions."""

import time
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Annotated
from urllib.parse import urlencode

from fastapi import APIRouter, Query, Request
from starlette.concurrency import run_in_threadpool
from starlette.responses import Response

from api.access import listable_user, visible_submission
from api.content_language import ContentLanguage
from api.pages.comparing import compared
from api.pages.highlighting import highlighted
from api.pages.paging import LINES_A_PAGE, Id, NextPage, opened, sealed, without_nul
from api.pages.panel import Panel, PanelTest, read_panel, worded
from api.pages.preferences import reader_of
from api.pages.problem_list import listing_of
from api.pages.redrawing import ANNOUNCE_S, Announcements, redrawn
from api.pages.rendering import draw, render
from api.pages.viewer import SignedIn
from api.services import Ctx
from api.sse import LOOK_AGAIN_S, event_stream
from judge import workers
from judge.errors import NotFoundError
from judge.problems.progress import read_progress
from judge.problems.views import all_problems
from judge.states import Purpose
from judge.submissions.lifecycle import list_submissions
from judge.submissions.views import PublicState, SubmissionSummary
from judge.tensor_pictures import picture_of
from judge.verdict import Verdict

router = APIRouter(include_in_schema=False)

REFRESH_S = 2
LONGEST_WAIT_S = 30.0
Filter = Annotated[str, Query(max_length=200)]


@dataclass(frozen=True, slots=True)
class Line:
    """One submission in a list, with its problem's title and what is wrong with it."""

    item: SubmissionSummary
    title: str
    wrong: str


@router.get("/submissions/{id}")
def show_submission(
    request: Request,
    ctx: Ctx,
    viewer: SignedIn,
    id: Id,
    compare: Annotated[str, Query(max_length=100)] = "",
) -> Response:
    """Show the verdict (live), every test, the source, and the changes since an earlier submission
    (`compare`, by default the one before)."""
    view = visible_submission(ctx.db, viewer, id)
    reader = reader_of(request)
    panel = read_panel(ctx, viewer, view, reader)
    titles = listing_of(ctx, reader).titles
    return render(
        request,
        "submission.html",
        panel=panel,
        title=titles.get(view.problem, view.problem),
        # A withdrawn problem is not in `titles`.
        offered=view.problem in titles,
        source=highlighted(view.source, view.language),
        # A run is not compared: it may be any experiment.
        comparison=compared(ctx, view, compare) if view.purpose is not Purpose.RUN else None,
        slowest_s=max((test.time_s for test in view.tests), default=0.0),
        # Without JavaScript the page reloads itself until there is a verdict.
        refresh=None if panel.state == "done" else REFRESH_S,
    )


@router.get("/submissions/{id}/tensor")
def show_tensor(
    request: Request,
    ctx: Ctx,
    viewer: SignedIn,
    id: Id,
    test: Filter = "",
    at: Annotated[str, Query(max_length=100, pattern=r"^(\d+(,\d+)*)?$")] = "",
) -> Response:
    """Show a test's wrong tensor around the index `at` (numbers separated by commas)."""
    view = visible_submission(ctx.db, viewer, id)
    place = tuple(map(int, at.split(","))) if at else ()
    for one in view.tests:
        if one.name == test:
            picture = picture_of(one.expected, one.output, one.difference, place)
            if picture is not None:
                shown = PanelTest(one, "", "", picture)
                return render(request, "tensor-page.html", t=shown, there=f"/submissions/{view.id}")
    raise NotFoundError(f"There is no wrong tensor of the test {test!r} at {at}.")


@router.get("/submissions")
def show_submissions(
    request: Request,
    ctx: Ctx,
    viewer: SignedIn,
    problem: Filter = "",
    verdict: Filter = "",
    user: Filter = "",
    language: Filter = "",
    cursor: NextPage = None,
) -> Response:
    """Show submissions (no runs), newest first; the filters are in the address."""
    # Without a name the page shows the viewer's own submissions, even to an admin.
    name = without_nul(user)
    whose, solved_by = listable_user(ctx.db, viewer, name) if name else (viewer.user_id, ())
    page = list_submissions(
        ctx.db,
        user_id=whose,
        solved_by=solved_by,
        slug=without_nul(problem) or None,
        verdict=Verdict(verdict) if verdict in tuple(Verdict) else None,
        language=without_nul(language) or None,
        cursor=opened(request, ctx, cursor),
    )
    reader = reader_of(request)
    problems = all_problems(ctx.db)
    # The filter offers only the problems that the viewer has tried.
    tried = read_progress(ctx.db, viewer.user_id)
    choice = {one.slug for one in problems if one.id in tried} | {problem} - {""}
    titles = listing_of(ctx, reader).titles
    return render(
        request,
        "submissions.html",
        choice={slug: titles.get(slug, slug) for slug in sorted(choice)},
        lines=_lines(page.items, reader, titles),
        settling=_settling(page.items, name),
        verdicts=list(Verdict),
        toolchains=workers.languages(ctx.db),
        chosen={"problem": problem, "verdict": verdict, "user": user, "language": language},
        next_cursor=sealed(request, ctx, page.next),
    )


@router.get("/settled/submissions")
def show_settled(
    request: Request,
    ctx: Ctx,
    viewer: SignedIn,
    ids: Annotated[tuple[str, ...], Query(alias="id", max_length=LINES_A_PAGE)] = (),
    user: Filter = "",
) -> Response:
    """Update a list that shows these submissions of `user` as being judged: answer with the lines
    of those that have verdicts now, and the address to ask again for the others. 204 while nothing
    has changed."""
    name = without_nul(user)
    # The same check as for the list: this answers only with submissions that the list shows.
    whose, solved_by = listable_user(ctx.db, viewer, name) if name else (viewer.user_id, ())
    asked = [without_nul(id) for id in ids]
    found = list_submissions(ctx.db, user_id=whose, solved_by=solved_by, ids=asked).items
    done = [item for item in found if item.state is PublicState.DONE]
    if len(found) == len(asked) and not done:
        return Response(status_code=204)
    reader = reader_of(request)
    return render(
        request,
        "settled-submissions.html",
        lines=_lines(done, reader, listing_of(ctx, reader).titles),
        settling=_settling(found, name),
    )


def _settling(items: Iterable[SubmissionSummary], user: str) -> str:
    """Return the address where a list asks for new verdicts; empty if all of these have theirs."""
    waiting = [("id", item.id) for item in items if item.state is not PublicState.DONE]
    return f"/settled/submissions?{urlencode([('user', user), *waiting])}" if waiting else ""


def _lines(
    items: Iterable[SubmissionSummary], reader: ContentLanguage, titles: Mapping[str, str]
) -> list[Line]:
    found = []
    for item in items:
        wrong = ""
        if item.verdict is not Verdict.AC:
            diagnosis = reader.pick(item.diagnosis)
            wrong = diagnosis or worded(item.message, item.difference, reader)
        found.append(Line(item, titles.get(item.problem, item.problem), wrong))
    return found


@router.get("/submissions/{id}/panel")
async def show_panel(
    request: Request,
    ctx: Ctx,
    viewer: SignedIn,
    id: Id,
    details: bool = False,
    seen: Filter = "",
    wait: Annotated[float, Query(ge=0, le=LONGEST_WAIT_S, allow_inf_nan=False)] = 0,
    announced: Annotated[float, Query(allow_inf_nan=False)] = 0,
) -> Response:
    """Return the panel when its progress differs from `seen`, or after `wait` seconds: for browsers
    behind a proxy that lets no stream through. `announced` is when the browser last got a line that
    a screen reader reads aloud, in epoch seconds."""

    def look() -> Panel:
        return read_panel(ctx, viewer, visible_submission(ctx.db, viewer, id), reader_of(request))

    until = time.monotonic() + wait
    # Subscribe first, so that no event between reading and waiting is missed.
    with ctx.subscriptions.listen(id) as listener:
        while True:
            panel = await run_in_threadpool(look)
            left = until - time.monotonic()
            if panel.progress != seen or left <= 0 or ctx.subscriptions.closing:
                break
            await listener.wait(min(left, LOOK_AGAIN_S))
    now = ctx.db.clock()
    is_due = panel.state == "done" or now - announced >= ANNOUNCE_S
    announces = is_due and panel.progress != seen
    answer = render(
        request,
        "polled.html",
        panel=panel,
        details=details,
        announces=announces,
        announced=now if announces else announced,
    )
    if panel.state == "done" and not details:
        # With a verdict, the rest of the submission's page has more to show: reload all of it.
        answer.headers["HX-Refresh"] = "true"
    return answer


@router.get("/submissions/{id}/panel/events")
async def follow_panel(
    request: Request,
    ctx: Ctx,
    viewer: SignedIn,
    id: Id,
    details: bool = False,
) -> Response:
    """Stream the panel, drawn again after every event, until there is a verdict."""
    # Read before the answer begins, so that it can still be a 404.
    await run_in_threadpool(visible_submission, ctx.db, viewer, id)
    shown: Panel | None = None
    announcements = Announcements()

    def look() -> tuple[str | None, bool]:
        nonlocal shown
        view = visible_submission(ctx.db, viewer, id)
        panel = read_panel(ctx, viewer, view, reader_of(request))
        done = panel.state == "done"
        # The panel shows the same as before.
        if panel == shown:
            return None, done
        shown = panel
        announces = announcements.is_due(done=done)
        html = draw(
            request, "panel-fragment.html", panel=panel, details=details, announces=announces
        )
        return html, done

    return event_stream(ctx, viewer, redrawn(ctx, id, "panel", look))
