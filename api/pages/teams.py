"""Pages of teams: the user's own, make one, show one, join by invitation, remove a member."""

from typing import Annotated

from fastapi import APIRouter, Form, Query, Request
from starlette.responses import RedirectResponse, Response

from api.errors import ProblemError, problem_of
from api.pages.forms import OurForm
from api.pages.paging import NextPage, Slug, UserName, without_nul
from api.pages.rendering import render
from api.pages.team_page import team_page
from api.pages.viewer import Member
from api.services import Ctx
from judge.boards.windows import Period
from judge.errors import ShousiError
from judge.teams import invitations, membership

router = APIRouter(include_in_schema=False)


@router.get("/teams")
def show_teams(request: Request, ctx: Ctx, viewer: Member) -> Response:
    """Show the user's teams, and a form to make one."""
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
    """Make a team; the user owns it."""
    try:
        team = membership.create_team(ctx.db, viewer.user_id, name)
    except ShousiError as error:
        teams = membership.list_teams(ctx.db, viewer.user_id)
        # If the button was pressed twice, the team exists already and belongs to this user.
        for mine in teams:
            if mine.name == name.strip() and mine.owner == viewer.user.name:
                return RedirectResponse(f"/teams/{mine.slug}", 303)
        refusal: ProblemError = problem_of(error)
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
    period: Period | None = None,
    chosen: Annotated[str, Query(alias="set", max_length=100)] = "",
    cursor: NextPage = None,
) -> Response:
    """Show the team to members and admins, with the board of a period or of a practice set; by
    default of the set that runs now, else of all time."""
    return team_page(request, ctx, viewer, slug, period, without_nul(chosen), cursor)


@router.post("/teams/{slug}/members/{name}/remove")
def remove_member(ctx: Ctx, viewer: Member, _: OurForm, slug: Slug, name: UserName) -> Response:
    """Remove a member: anybody can remove themselves, the owner everybody else."""
    team = membership.find_team(ctx.db, slug, viewer.user_id, is_admin=viewer.is_admin)
    membership.remove_member(ctx.db, team, name, by=viewer.user_id)
    # A user who has left can't see the team's page any more.
    left = name == viewer.user.name
    return RedirectResponse("/teams" if left else f"/teams/{team.slug}", 303)


@router.get("/teams/{slug}/join")
def show_invitation(
    request: Request,
    ctx: Ctx,
    viewer: Member,
    slug: Slug,
    invite: Annotated[str, Query(max_length=200)] = "",
) -> Response:
    """Show the team that the user can join, and a button that uses the invitation; opening the page
    changes nothing."""
    seen = invitations.preview_team(ctx.db, slug, viewer.user_id, without_nul(invite))
    return render(request, "join.html", team=seen, invite=invite)


@router.post("/teams/{slug}/join")
def use_invitation(
    ctx: Ctx,
    viewer: Member,
    _: OurForm,
    slug: Slug,
    invite: Annotated[str, Form(max_length=200)] = "",
) -> Response:
    """Join the team by an invitation."""
    team = invitations.join_team(ctx.db, slug, viewer.user_id, without_nul(invite))
    return RedirectResponse(f"/teams/{team.slug}", 303)
