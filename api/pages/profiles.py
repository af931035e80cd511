"""What somebody has done: points, streaks, a year day by day, solved problems."""

from fastapi import APIRouter, Request
from starlette.responses import Response

from api.pages.diagrams import year_diagram
from api.pages.paging import UserName
from api.pages.preferences import reader_of
from api.pages.rendering import render
from api.pages.viewer import Viewer
from api.services import Ctx
from judge.accounts.profiles import YEAR_DAYS, read_profile
from judge.boards.windows import day_of
from judge.problems.views import all_problems

router = APIRouter(include_in_schema=False)


@router.get("/users/{name}")
def show_profile(request: Request, ctx: Ctx, _viewer: Viewer, name: UserName) -> Response:
    """For everybody to read."""
    profile = read_profile(ctx.db, name)
    reader = reader_of(request)
    problems = {one.slug: one for one in all_problems(ctx.db)}
    today = day_of(ctx.db.clock())
    return render(
        request,
        "profile.html",
        profile=profile,
        problems=problems,
        titles={slug: reader.pick(one.title) or slug for slug, one in problems.items()},
        num_judged=sum(day.num_judged for day in profile.days),
        num_accepted=sum(day.num_accepted for day in profile.days),
        # Today is the last of the days.
        year=year_diagram(profile.days, today - YEAR_DAYS + 1, today),
    )
