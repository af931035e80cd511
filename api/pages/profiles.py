"""Profiles: a user's points, streaks, year day by day and solved problems; their mistakes, which
only they see; and the forms to change the password and to delete the account."""

from typing import Annotated
from urllib.parse import quote

from fastapi import APIRouter, Form, Query, Request
from starlette.responses import RedirectResponse, Response

from api.errors import ProblemError, problem_of
from api.pages.diagrams import year_diagram
from api.pages.forms import OurForm
from api.pages.paging import UserName
from api.pages.preferences import reader_of
from api.pages.problem_list import listing_of
from api.pages.rendering import render
from api.pages.viewer import Member, SignedIn, Viewer
from api.services import Ctx, Services
from api.sessions import leave
from judge.accounts import identities, management
from judge.accounts.leaving import Code
from judge.accounts.profiles import YEAR_DAYS, read_profile
from judge.accounts.users import Principal
from judge.boards.windows import day_of
from judge.errors import ShousiError
from judge.mistakes.told import read_told_mistakes
from judge.problems.views import all_problems

router = APIRouter(include_in_schema=False)


@router.get("/users/{name}")
def show_profile(
    request: Request,
    ctx: Ctx,
    viewer: Viewer,
    name: UserName,
    changed: Annotated[str, Query(max_length=20)] = "",
) -> Response:
    """Show a profile to everybody; only its user sees their mistakes. `changed` is `password` after
    the password was changed."""
    return _profile(request, ctx, viewer, name, changed=changed)


@router.post("/account/password")
def change_password(
    request: Request,
    ctx: Ctx,
    viewer: Member,
    _: OurForm,
    old_password: Annotated[str, Form(max_length=4000)] = "",
    new_password: Annotated[str, Form(max_length=4000)] = "",
) -> Response:
    """Change the password, which ends every other session and token. An error is shown on the
    user's own profile."""
    name = viewer.user.name
    try:
        ctx.limits.check_password_change(request, viewer)
        management.change_password(
            ctx.db, viewer.user_id, old_password, new_password, keep_token=viewer.token_id
        )
    except (ProblemError, ShousiError) as error:
        problem = error if isinstance(error, ProblemError) else problem_of(error)
        wrong = problem.errors[0]["field"] if problem.errors else "old_password"
        return _profile(request, ctx, viewer, name, problem, wrong_field=wrong)
    return RedirectResponse(f"/users/{quote(name)}?changed=password#account", 303)


@router.post("/account/delete")
def delete_account(
    request: Request,
    ctx: Ctx,
    viewer: SignedIn,
    _: OurForm,
    code: Annotated[Code, Form()] = Code.KEEP,
    confirm: Annotated[str, Form(max_length=1000)] = "",
) -> Response:
    """Delete the account for good. An error is shown on the user's own profile."""
    answer = RedirectResponse("/", 303)
    try:
        leave(ctx, viewer, confirm, code, answer)
    except (ProblemError, ShousiError) as error:
        problem = error if isinstance(error, ProblemError) else problem_of(error)
        name = viewer.user.name
        return _profile(request, ctx, viewer, name, problem, wrong_field="confirm", code=code)
    return answer


def _profile(
    request: Request,
    ctx: Services,
    viewer: Principal | None,
    name: str,
    refusal: ProblemError | None = None,
    *,
    wrong_field: str = "",
    changed: str = "",
    code: Code = Code.KEEP,
) -> Response:
    profile = read_profile(ctx.db, name)
    problems = {one.slug: one for one in all_problems(ctx.db)}
    today = day_of(ctx.db.about_now())
    reader = reader_of(request)
    mistakes, has_password = None, False
    if viewer is not None and viewer.user.name == profile.name:
        has_password = identities.has_password(ctx.db, viewer.user_id)
        mistakes = [
            (one, reader.pick(one.line) or "") for one in read_told_mistakes(ctx.db, viewer.user_id)
        ]
    return render(
        request,
        "profile.html",
        200 if refusal is None else refusal.kind.status,
        own_address=f"/users/{quote(name)}",
        complaint="" if refusal is None else refusal.detail,
        wrong_field=wrong_field,
        changed=changed,
        code=code,
        has_password=has_password,
        profile=profile,
        problems=problems,
        titles=listing_of(ctx, reader).titles,
        mistakes=mistakes,
        num_judged=sum(day.num_judged for day in profile.days),
        num_accepted=sum(day.num_accepted for day in profile.days),
        today=today,
        # The diagram's last day is today.
        year=year_diagram(profile.days, today - YEAR_DAYS + 1, today),
    )
