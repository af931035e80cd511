"""The front page: what this is, and the problems."""

from fastapi import APIRouter, Request
from starlette.responses import Response

from api.pages.preferences import reader_of
from api.pages.problem_list import lines
from api.pages.rendering import render
from api.pages.viewer import Viewer
from api.services import Ctx

router = APIRouter(include_in_schema=False)


@router.get("/")
def show_home(request: Request, ctx: Ctx, viewer: Viewer) -> Response:
    """For everybody."""
    found = lines(ctx, viewer, reader_of(request))
    return render(request, "home.html", lines=found)
