"""A team's page, and what its owner does there: invite, choose problems to practise."""

from collections.abc import Callable
from datetime import UTC, date, datetime, time
from typing import Annotated
from urllib.parse import quote

from fastapi import APIRouter, Depends, Form, Request
from starlette.responses import RedirectResponse, Response

from api.errors import problem_of
from api.pages.catalogues import translations
from api.pages.forms import OurForm
from api.pages.paging import Id, Slug, without_nul
from api.pages.preferences import language_of, reader_of
from api.pages.rendering import render
from api.pages.viewer import Member
from api.services import Ctx, Services
from judge.accounts.users import Principal
from judge.boards.windows import Period, set_window, window_of
from judge.errors import InvalidError, ShousiError
from judge.problems.views import all_problems
from judge.teams import invitations, membership, practice
from judge.teams.practice import PracticePlan

router = APIRouter(include_in_schema=False)

DAY_S = 86400.0
MOST_USES = 100
Day = Annotated[str, Form(max_length=20)]


def team_page(
    request: Request,
    ctx: Services,
    viewer: Principal,
    slug: str,
    period: Period = Period.ALL,
    set_id: str = "",
    *,
    status: int = 200,
    link: str = "",
    complaint: str = "",
) -> Response:
    """The page of a team; `link` is a new invitation's, `complaint` what was wrong with a form.

    Raises NotFoundError for whoever is no member and no admin.
    """
    team = membership.find_team(ctx.db, slug, viewer.user_id, is_admin=viewer.is_admin)
    window, open_set = window_of(period, ctx.db.clock()), None
    if set_id:
        open_set = practice.find_practice(ctx.db, team, set_id)
        window = set_window(open_set.id, open_set.starts_at, open_set.ends_at)
    rows = practice.read_team_board(ctx.db, team, window, open_set)
    shown = {cell.slug for row in rows for cell in row.problems}
    reader = reader_of(request)
    titles = {one.slug: reader.pick(one.title) or one.slug for one in all_problems(ctx.db)}
    return render(
        request,
        "team.html",
        status,
        team=team,
        # An admin who is no member sees the page, but owns nothing.
        owns=team.owner == viewer.user.name,
        members=membership.list_members(ctx.db, team),
        sets=practice.list_practice(ctx.db, team),
        invitations=invitations.list_invitations(ctx.db, team),
        open_set=open_set,
        period=period,
        rows=rows,
        columns=[(slug, title) for slug, title in titles.items() if slug in shown],
        titles=titles,
        link=link,
        complaint=complaint,
    )


@router.post("/teams/{slug}/invitations")
def invite(
    request: Request,
    ctx: Ctx,
    viewer: Member,
    _: OurForm,
    slug: Slug,
    num_uses: Annotated[int, Form(ge=1, le=MOST_USES)] = 1,
    num_days: Annotated[int, Form(ge=1, le=30)] = 7,
) -> Response:
    """A link that lets somebody in, shown this once. For the owner."""
    team = membership.find_team(ctx.db, slug, viewer.user_id, is_admin=viewer.is_admin)
    word, _made = invitations.invite_to_team(
        ctx.db, team, by=viewer.user_id, ttl_s=num_days * DAY_S, max_uses=num_uses
    )
    origin = f"{request.url.scheme}://{request.url.netloc}"
    link = f"{origin}/teams/{quote(team.slug)}/join?invite={word}"
    answer = team_page(request, ctx, viewer, slug, link=link)
    # The page shows a secret once: nothing may keep it.
    answer.headers["Cache-Control"] = "no-store"
    return answer


@router.post("/teams/{slug}/invitations/{id}/revoke")
def revoke(ctx: Ctx, viewer: Member, _: OurForm, slug: Slug, id: Id) -> Response:
    """It lets nobody in any more. For the owner."""
    team = membership.find_team(ctx.db, slug, viewer.user_id, is_admin=viewer.is_admin)
    invitations.revoke_invitation(ctx.db, team, id, by=viewer.user_id)
    return RedirectResponse(f"/teams/{quote(team.slug)}", 303)


def _plan(
    name: Annotated[str, Form(max_length=200)] = "",
    problems: Annotated[list[str] | None, Form()] = None,
    first_day: Day = "",
    last_day: Day = "",
) -> Callable[[], PracticePlan]:
    """What the form of a practice set asks for: from the first day to the end of the last (UTC).
    Calling it raises InvalidError."""

    # Called inside the route's `try`, so that what is wrong comes back on the team's page.
    def plan() -> PracticePlan:
        if not name.strip():
            raise InvalidError("Give the practice set a name.", "name")
        starts_at, last = _midnight(first_day, "first_day"), _midnight(last_day, "last_day")
        # To the end of the last day: the bound itself is not counted.
        ends_at = None if last is None else last + DAY_S
        return PracticePlan(name.strip(), tuple(problems or ()), starts_at, ends_at)

    return plan


Plan = Annotated[Callable[[], PracticePlan], Depends(_plan)]


@router.post("/teams/{slug}/sets")
def make_set(
    request: Request, ctx: Ctx, viewer: Member, _: OurForm, slug: Slug, plan: Plan
) -> Response:
    """Problems to practise. For the owner."""
    team = membership.find_team(ctx.db, slug, viewer.user_id, is_admin=viewer.is_admin)
    try:
        made = practice.create_practice(ctx.db, team, plan(), by=viewer.user_id)
    except ShousiError as error:
        refusal = problem_of(error)
        status = refusal.kind.status
        return team_page(request, ctx, viewer, slug, status=status, complaint=refusal.detail)
    return RedirectResponse(f"/teams/{quote(team.slug)}?set={made.id}", 303)


@router.post("/teams/{slug}/sets/{id}")
def change_set(
    request: Request, ctx: Ctx, viewer: Member, _: OurForm, slug: Slug, id: Id, plan: Plan
) -> Response:
    """Another name, other problems or days; the board is made anew. For the owner."""
    team = membership.find_team(ctx.db, slug, viewer.user_id, is_admin=viewer.is_admin)
    seen = practice.find_practice(ctx.db, team, id)
    try:
        practice.change_practice(ctx.db, team, seen, plan(), by=viewer.user_id)
    except ShousiError as error:
        refusal = problem_of(error)
        status = refusal.kind.status
        return team_page(
            request, ctx, viewer, slug, set_id=id, status=status, complaint=refusal.detail
        )
    return RedirectResponse(f"/teams/{quote(team.slug)}?set={id}", 303)


@router.post("/teams/{slug}/owner")
def hand_over(
    ctx: Ctx, viewer: Member, _: OurForm, slug: Slug, user: Annotated[str, Form(max_length=200)]
) -> Response:
    """Another member owns the team from now on. For the owner, who stays a member."""
    team = membership.find_team(ctx.db, slug, viewer.user_id, is_admin=viewer.is_admin)
    membership.hand_over(ctx.db, team, without_nul(user), by=viewer.user_id)
    return RedirectResponse(f"/teams/{quote(team.slug)}#members", 303)


@router.post("/teams/{slug}/delete")
def delete_team(
    request: Request,
    ctx: Ctx,
    viewer: Member,
    _: OurForm,
    slug: Slug,
    name: Annotated[str, Form(max_length=200)] = "",
) -> Response:
    """The team ends, with its sets and boards; what was submitted stays. For the owner, who writes
    the team's name: it can't be undone."""
    team = membership.find_team(ctx.db, slug, viewer.user_id, is_admin=viewer.is_admin)
    if name.strip() != team.name:
        complaint = translations(language_of(request)).gettext("That is not the team's name.")
        return team_page(request, ctx, viewer, slug, status=422, complaint=complaint)
    membership.delete_team(ctx.db, team, by=viewer.user_id)
    return RedirectResponse("/teams", 303)


@router.post("/teams/{slug}/sets/{id}/drop")
def drop_set(ctx: Ctx, viewer: Member, _: OurForm, slug: Slug, id: Id) -> Response:
    """With its board; what was submitted stays. For the owner."""
    team = membership.find_team(ctx.db, slug, viewer.user_id, is_admin=viewer.is_admin)
    practice.delete_practice(ctx.db, team, id, by=viewer.user_id)
    return RedirectResponse(f"/teams/{quote(team.slug)}", 303)


def _midnight(day: str, field: str) -> float | None:
    """The beginning of a day (UTC) in epoch seconds; None where none is given."""
    if not day:
        return None
    try:
        return datetime.combine(date.fromisoformat(day), time(), UTC).timestamp()
    except ValueError as error:
        raise InvalidError("Give days as YYYY-MM-DD.", field) from error
