"""Pages of mock interviews: the list, a running one with its clock, the report, and a team's."""

import math
from typing import Annotated
from urllib.parse import quote

from fastapi import APIRouter, Form, Request
from starlette.responses import RedirectResponse, Response

from api.access import visible_sitting
from api.errors import problem_of
from api.pages.forms import OurForm
from api.pages.paging import Id, Slug, UserName, without_nul
from api.pages.rendering import render
from api.pages.team_page import team_page
from api.pages.viewer import Member, SignedIn, Viewer
from api.services import Ctx, Services
from judge.accounts.users import Principal
from judge.errors import InterviewError, ShousiError
from judge.interviews import sittings
from judge.interviews.catalogue import list_interviews
from judge.interviews.reports import report_on
from judge.interviews.sittings import SittingView
from judge.teams import interviews as assignments
from judge.teams import membership

router = APIRouter(include_in_schema=False)


@router.get("/interviews")
def show_interviews(request: Request, ctx: Ctx, viewer: Viewer) -> Response:
    """Show all interviews, and the reader's own sittings."""
    return _list(request, ctx, viewer)


@router.post("/interviews/{name}/start")
def start(request: Request, ctx: Ctx, viewer: Member, _: OurForm, name: UserName) -> Response:
    """Start an interview: its clock runs from now on."""
    try:
        started = sittings.start(ctx.db, viewer.user_id, name)
    except InterviewError as error:
        return _list(request, ctx, viewer, error)
    return RedirectResponse(f"/sittings/{started.id}", 303)


def _list(
    request: Request, ctx: Services, viewer: Principal | None, error: InterviewError | None = None
) -> Response:
    mine = [] if viewer is None else sittings.list_sittings(ctx.db, viewer.user_id)
    refusal = None if error is None else problem_of(error)
    return render(
        request,
        "interviews.html",
        200 if refusal is None else refusal.kind.status,
        own_address="/interviews",
        interviews=list_interviews(ctx.db),
        running=next((one for one in mine if not one.is_over), None),
        sittings=mine,
        complaint="" if refusal is None else refusal.detail,
    )


@router.get("/sittings/{id}")
def show_sitting(request: Request, ctx: Ctx, viewer: SignedIn, id: Id) -> Response:
    """Show the running round with its clock and tasks; after the last round, the report."""
    return _sitting(request, viewer, visible_sitting(ctx.db, viewer, id))


@router.post("/sittings/{id}/advance")
def end_round(
    request: Request,
    ctx: Ctx,
    viewer: Member,
    _: OurForm,
    id: Id,
    number: Annotated[int, Form(alias="round")],
) -> Response:
    """End the round that the page showed; if another round runs by now, refuse."""
    seen = visible_sitting(ctx.db, viewer, id)
    try:
        sittings.end_round(ctx.db, viewer.user_id, id, number)
    except InterviewError as error:
        return _sitting(request, viewer, seen, error)
    return RedirectResponse(f"/sittings/{id}", 303)


def _sitting(
    request: Request,
    viewer: Principal,
    sitting: SittingView,
    error: InterviewError | None = None,
) -> Response:
    running = sitting.running
    if running is None:
        return RedirectResponse(f"/sittings/{sitting.id}/report", 303)
    refusal = None if error is None else problem_of(error)
    return render(
        request,
        "sitting.html",
        200 if refusal is None else refusal.kind.status,
        sitting=sitting,
        mine=sitting.user_id == viewer.user_id,
        own_address=f"/sittings/{sitting.id}",
        # The page loads again a second after the end: by then the next round has begun.
        refresh=math.ceil(running.ends_at - sitting.now) + 1,
        complaint="" if refusal is None else refusal.detail,
    )


@router.get("/sittings/{id}/report")
def show_report(request: Request, ctx: Ctx, viewer: SignedIn, id: Id) -> Response:
    """Show the results of the finished rounds, and what to read next."""
    sitting = visible_sitting(ctx.db, viewer, id)
    report = report_on(ctx.db, sitting)
    return render(request, "sitting-report.html", sitting=sitting, report=report)


@router.post("/teams/{slug}/interviews")
def assign(
    request: Request,
    ctx: Ctx,
    viewer: Member,
    _: OurForm,
    slug: Slug,
    interview: Annotated[str, Form(max_length=200)],
) -> Response:
    """Assign an interview to the team. For the owner."""
    team = membership.find_team(ctx.db, slug, viewer.user_id, is_admin=viewer.is_admin)
    try:
        assignments.assign(ctx.db, team, without_nul(interview), by=viewer.user_id)
    except ShousiError as error:
        refusal = problem_of(error)
        status = refusal.kind.status
        return team_page(
            request,
            ctx,
            viewer,
            slug,
            status=status,
            complaint=refusal.detail,
            wrong_form="interview",
        )
    return RedirectResponse(f"/teams/{quote(team.slug)}#interviews", 303)


@router.post("/teams/{slug}/interviews/{name}/withdraw")
def withdraw(ctx: Ctx, viewer: Member, _: OurForm, slug: Slug, name: UserName) -> Response:
    """Withdraw an interview from the team; members keep their sittings. For the owner."""
    team = membership.find_team(ctx.db, slug, viewer.user_id, is_admin=viewer.is_admin)
    assignments.withdraw(ctx.db, team, name, by=viewer.user_id)
    return RedirectResponse(f"/teams/{quote(team.slug)}#interviews", 303)
