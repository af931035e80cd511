"""What somebody has done: points, streaks, a year day by day, solved problems; to oneself one's
mistakes too."""

from typing import Annotated

from fastapi import APIRouter, Form, Request
from starlette.responses import RedirectResponse, Response

from api.errors import ProblemError, problem_of
from api.pages.diagrams import year_diagram
from api.pages.forms import OurForm
from api.pages.paging import UserName
from api.pages.preferences import reader_of
from api.pages.problem_list import listing_of
from api.pages.rendering import render
from api.pages.viewer import SignedIn, Viewer
from api.services import Ctx, Services
from api.sessions import leave
from judge.accounts.leaving import Code
from judge.accounts.profiles import YEAR_DAYS, read_profile
from judge.accounts.users import Principal
from judge.boards.windows import day_of
from judge.errors import ShousiError
from judge.mistakes.told import read_told_mistakes
from judge.problems.views import all_problems

router = APIRouter(include_in_schema=False)


@router.get("/users/{name}")
def show_profile(request: Request, ctx: Ctx, viewer: Viewer, name: UserName) -> Response:
    """For everybody to read, but for the mistakes that one was told."""
    return _profile(request, ctx, viewer, name)


@router.post("/account/delete")
def delete_account(
    request: Request,
    ctx: Ctx,
    viewer: SignedIn,
    _: OurForm,
    code: Annotated[Code, Form()] = Code.KEEP,
    confirm: Annotated[str, Form(max_length=1000)] = "",
) -> Response:
    """Leave for good; what is wrong is said on one's own profile."""
    answer = RedirectResponse("/", 303)
    try:
        leave(ctx, viewer, confirm, code, answer)
    except (ProblemError, ShousiError) as error:
        problem = error if isinstance(error, ProblemError) else problem_of(error)
        name = viewer.user.name
        return _profile(request, ctx, viewer, name, problem.kind.status, problem.detail)
    return answer


def _profile(
    request: Request,
    ctx: Services,
    viewer: Principal | None,
    name: str,
    status: int = 200,
    complaint: str = "",
) -> Response:
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
        status,
        complaint=complaint,
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
