"""The front page: what this is, and the problems."""

from fastapi import APIRouter, Request
from starlette.responses import Response

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

# The list has all of them, and filters.
_SHOWN = 20

router = APIRouter(include_in_schema=False)


@router.get("/")
def show_home(request: Request, ctx: Ctx, viewer: Viewer) -> Response:
    """For everybody. A visitor finds a solution with a mistake in it, to be sent at once."""
    found = lines(ctx, viewer, reader_of(request))
    may_send = viewer is not None or ctx.settings.guests_open
    first = next((line for line in found if line.problem.slug == FIRST), None)
    return render(
        request,
        "home.html",
        lines=found[:_SHOWN],
        more=len(found) > _SHOWN,
        first=first if may_send else None,
        first_language=FIRST_LANGUAGE,
        first_source=WRONG,
    )
