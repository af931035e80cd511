"""The front page: what Shousi is, and the problems."""

from typing import Annotated

from fastapi import APIRouter, Query, Request
from starlette.responses import Response

from api.access import visible_submission
from api.pages.paging import without_nul
from api.pages.panel import read_panel
from api.pages.preferences import reader_of
from api.pages.problem_list import lines
from api.pages.rendering import render
from api.pages.viewer import Viewer
from api.services import Ctx

FIRST = "maxsubarray"
FIRST_LANGUAGE = "python3"
WRONG = """\
def max_subarray(nums: list[int]) -> int:
    best = 0
    current = 0
    for num in nums:
        current = max(num, current + num)
        best = max(best, current)
    return best
"""
"""A solution with a known mistake, for a first verdict with one click."""

# How many problems the page shows; the problem list has all of them, and filters.
_SHOWN = 20

router = APIRouter(include_in_schema=False)


@router.get("/")
def show_home(
    request: Request,
    ctx: Ctx,
    viewer: Viewer,
    submission: Annotated[str, Query(max_length=100)] = "",
) -> Response:
    """Show the front page to everybody. It has a solution with a mistake, which a visitor can send
    at once; the verdict of that `submission` is shown below it."""
    reader = reader_of(request)
    found = lines(ctx, viewer, reader)
    may_send = viewer is not None or ctx.settings.guests_open
    first = next((line for line in found if line.problem.slug == FIRST), None)
    panel = None
    if submission and viewer is not None:
        shown = visible_submission(ctx.db, viewer, without_nul(submission))
        if shown.problem == FIRST:
            panel = read_panel(ctx, viewer, shown, reader)
    return render(
        request,
        "home.html",
        lines=found[:_SHOWN],
        more=len(found) > _SHOWN,
        first=first if may_send else None,
        first_language=FIRST_LANGUAGE,
        first_source=panel.view.source if panel else WRONG,
        wrong_source=WRONG,
        panel=panel,
    )
