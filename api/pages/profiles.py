"""What somebody has done: points, streaks, a year day by day, solved problems; to oneself one's
mistakes too."""

from fastapi import APIRouter, Request
from starlette.responses import Response

from api.pages.diagrams import year_diagram
from api.pages.paging import UserName
from api.pages.preferences import reader_of
from api.pages.problem_list import listing_of
from api.pages.rendering import render
from api.pages.viewer import Viewer
from api.services import Ctx
from judge.accounts.profiles import YEAR_DAYS, read_profile
from judge.boards.windows import day_of
from judge.mistakes.told import read_told_mistakes
from judge.problems.views import all_problems

router = APIRouter(include_in_schema=False)


@router.get("/users/{name}")
def show_profile(request: Request, ctx: Ctx, viewer: Viewer, name: UserName) -> Response:
    """For everybody to read, but for the mistakes that one was told."""
    profile = read_profile(ctx.db, name)
    problems = {one.slug: one for one in all_problems(ctx.db)}
    today = day_of(ctx.db.clock())
    reader = reader_of(request)
    mistakes = None
    if viewer is not None and viewer.user.name == profile.name:
        mistakes = [
            (one, reader.pick(one.line) or "") for one in read_told_mistakes(ctx.db, viewer.user_id)
        ]
    return render(
        request,
        "profile.html",
        profile=profile,
        problems=problems,
        titles=listing_of(ctx, reader).titles,
        mistakes=mistakes,
        num_judged=sum(day.num_judged for day in profile.days),
        num_accepted=sum(day.num_accepted for day in profile.days),
        today=today,
        # Today is the last of the days.
        year=year_diagram(profile.days, today - YEAR_DAYS + 1, today),
    )
