"""Teams: one's own, make one, join by invitation; a team's board, members and practice sets."""

from typing import Annotated

from fastapi import APIRouter, Form, Query, Request
from starlette.responses import RedirectResponse, Response

from api.errors import ProblemError, problem_of
from api.pages.forms import OurForm
from api.pages.paging import Slug, without_nul
from api.pages.preferences import reader_of
from api.pages.rendering import render
from api.pages.viewer import Member
from api.services import Ctx
from judge.boards.windows import Period, set_window, window_of
from judge.errors import ShousiError
from judge.problems.views import all_problems
from judge.teams import invitations, membership, practice

router = APIRouter(include_in_schema=False)


@router.get("/teams")
def show_teams(request: Request, ctx: Ctx, viewer: Member) -> Response:
    """The teams that one is in, and a form to make one."""
    teams = membership.list_teams(ctx.db, viewer.user_id)
    return render(request, "teams.html", teams=teams, name="", complaint="")


@router.post("/teams")
def make_team(
    request: Request,
    ctx: Ctx,
    viewer: Member,
    _: OurForm,
    name: Annotated[str, Form(max_length=1000)],
) -> Response:
    """Whoever makes it owns it."""
    try:
        team = membership.create_team(ctx.db, viewer.user_id, name)
    except ShousiError as error:
        refusal: ProblemError = problem_of(error)
        teams = membership.list_teams(ctx.db, viewer.user_id)
        status = refusal.kind.status
        return render(
            request, "teams.html", status, teams=teams, name=name, complaint=refusal.detail
        )
    return RedirectResponse(f"/teams/{team.slug}", 303)


@router.get("/teams/{slug}")
def show_team(
    request: Request,
    ctx: Ctx,
    viewer: Member,
    slug: Slug,
    period: Period = Period.ALL,
    chosen: Annotated[str, Query(alias="set", max_length=100)] = "",
) -> Response:
    """For members and admins: the board of a period or of a practice set."""
    team = membership.find_team(ctx.db, slug, viewer.user_id, is_admin=viewer.is_admin)
    window, open_set = window_of(period, ctx.db.clock()), None
    if chosen:
        open_set = practice.find_practice(ctx.db, team, without_nul(chosen))
        window = set_window(open_set.id, open_set.starts_at, open_set.ends_at)
    rows = practice.read_team_board(ctx.db, team, window, open_set)
    shown = {cell.slug for row in rows for cell in row.problems}
    reader = reader_of(request)
    return render(
        request,
        "team.html",
        team=team,
        members=membership.list_members(ctx.db, team),
        sets=practice.list_practice(ctx.db, team),
        open_set=open_set,
        period=period,
        rows=rows,
        columns=[
            (one.slug, reader.pick(one.title) or one.slug)
            for one in all_problems(ctx.db)
            if one.slug in shown
        ],
    )


@router.get("/teams/{slug}/join")
def show_invitation(
    request: Request,
    _viewer: Member,
    slug: Slug,
    invite: Annotated[str, Query(max_length=200)] = "",
) -> Response:
    """A button that uses the invitation; opening the page changes nothing."""
    return render(request, "join.html", slug=slug, invite=invite)


@router.post("/teams/{slug}/join")
def use_invitation(
    ctx: Ctx,
    viewer: Member,
    _: OurForm,
    slug: Slug,
    invite: Annotated[str, Form(max_length=200)] = "",
) -> Response:
    """Become a member."""
    team = invitations.join_team(ctx.db, slug, viewer.user_id, without_nul(invite))
    return RedirectResponse(f"/teams/{team.slug}", 303)
