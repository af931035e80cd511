"""A team's page and its owner's forms: invite, make practice sets, hand over, delete."""

import hashlib
from dataclasses import astuple, dataclass, replace
from datetime import UTC, date, datetime, time
from functools import partial
from typing import Annotated
from urllib.parse import quote, urlencode

from fastapi import APIRouter, Depends, Form, Query, Request
from starlette.concurrency import run_in_threadpool
from starlette.responses import RedirectResponse, Response

from api.asked_boards import BoardAsked, read_asked, team_board, with_own_line
from api.errors import problem_of
from api.pages.catalogues import translations
from api.pages.forms import OurForm
from api.pages.live_boards import LINES, State, drawn_boards, table_of, titles_of
from api.pages.paging import Id, Slug, without_nul
from api.pages.preferences import language_of
from api.pages.rendering import render
from api.pages.viewer import Member
from api.services import PREFIX, Ctx, Services
from api.sse import event_stream
from judge.accounts.users import Principal
from judge.boards.views import BoardPage, Place
from judge.boards.windows import Period
from judge.errors import ConflictError, InvalidError, ShousiError
from judge.interviews.catalogue import list_interviews
from judge.teams import interviews as assignments
from judge.teams import invitations, membership, practice
from judge.teams.activity import recent_acts
from judge.teams.practice import Practice, PracticePlan

router = APIRouter(include_in_schema=False)

DAY_S = 86400.0
MOST_USES = 100
Day = Annotated[str, Form(max_length=20)]


@dataclass(frozen=True, slots=True)
class SetForm:
    """The content of a practice set's form: what the user typed, or the values of an existing set.
    `seen` is a hash of the set from which the form was drawn.
    """

    name: str = ""
    problems: tuple[str, ...] = ()
    first_day: str = ""
    last_day: str = ""
    seen: str = ""

    def plan(self) -> PracticePlan:
        """The set from the first day to the end of the last (UTC). Raises InvalidError."""
        if not self.name.strip():
            raise InvalidError("Give the practice set a name.", "name")
        starts_at = _midnight(self.first_day, "first_day")
        last = _midnight(self.last_day, "last_day")
        # The end is exclusive, so that the set runs to the end of the last day.
        ends_at = None if last is None else last + DAY_S
        slugs = tuple(without_nul(slug) for slug in self.problems)
        return PracticePlan(without_nul(self.name.strip()), slugs, starts_at, ends_at)


def _form_of(known: Practice | None) -> SetForm:
    if known is None:
        return SetForm()
    # The last day is the one before the end.
    ends = (known.starts_at, None if known.ends_at is None else known.ends_at - 1)
    first, last = (
        "" if at is None else datetime.fromtimestamp(at, UTC).date().isoformat() for at in ends
    )
    return SetForm(known.name, known.problems, first, last, _hash_of(known))


def _hash_of(known: Practice) -> str:
    return hashlib.sha256(repr(known).encode()).hexdigest()[:16]


def team_page(
    request: Request,
    ctx: Services,
    viewer: Principal,
    slug: str,
    period: Period | None = None,
    set_id: str = "",
    cursor: str | None = None,
    *,
    status: int = 200,
    link: str = "",
    complaint: str = "",
    wrong_form: str = "",
    wrong_field: str = "",
    typed: SetForm | None = None,
) -> Response:
    """Draw the page of a team, with a page of its board. `link` is the link of a new invitation,
    `complaint` the error of the form `wrong_form` (`set`, `interview`, `delete`) or of its field
    `wrong_field`, `typed` the content of a practice set's form.

    Raises NotFoundError if the viewer is neither a member nor an admin.
    """
    asked = replace(team_board(ctx.db, viewer, slug, period, set_id), limit=LINES)
    team, open_set = asked.team, asked.practice
    assert team is not None
    period = period or Period.ALL
    # A form's answer has another address, but the same board.
    list_name = f"team-board:{team.id}"
    place = None if cursor is None else ctx.cursors.open(list_name, cursor)
    page = read_asked(ctx.db, asked, None if place is None else Place(*place))
    page = with_own_line(ctx.db, asked, page, viewer)
    titles = titles_of(request, ctx)
    table = table_of(request, titles, page)
    # The id of the set that is shown, even if the request named none: later another set may run.
    shown = {"period": period, "set": open_set.id if open_set else ""}
    there = f"/teams/{quote(team.slug)}"
    more = page.next and ctx.cursors.seal(list_name, astuple(page.next))
    return render(
        request,
        "team.html",
        status,
        team=team,
        # An admin who is not the owner sees the page without the owner's forms.
        owns=team.owner == viewer.user.name,
        members=membership.list_members(ctx.db, team),
        acts=recent_acts(ctx.db, team, viewer.user_id, is_admin=viewer.is_admin),
        sets=practice.list_practice(ctx.db, team),
        assignments=assignments.list_assignments(ctx.db, team, viewer.user_id),
        interviews=list_interviews(ctx.db),
        invitations=invitations.list_invitations(ctx.db, team),
        open_set=open_set,
        period=period,
        table=table,
        # Only the first page is updated live.
        live=f"{there}/events?{urlencode({**shown, 'seen': table.state})}" if place is None else "",
        csv=f"{PREFIX}{there}/leaderboard?{urlencode({'format': 'csv', **shown})}",
        next_page=f"{there}?{urlencode({**shown, 'cursor': more})}" if more else "",
        titles=titles,
        now=ctx.db.about_now(),
        link=link,
        complaint=complaint,
        wrong_form=wrong_form,
        wrong_field=wrong_field,
        # A form that comes back was drawn from the set as it is now.
        set_form=_form_of(open_set)
        if typed is None
        else replace(typed, seen=_form_of(open_set).seen),
        own_address=f"{there}?{urlencode(shown)}",
    )


@router.get("/teams/{slug}/events")
async def follow_board(
    request: Request,
    ctx: Ctx,
    viewer: Member,
    slug: Slug,
    seen: State = "",
    period: Period = Period.ALL,
    chosen: Annotated[str, Query(alias="set", max_length=100)] = "",
) -> Response:
    """Stream the table of a team's board, drawn again whenever the board has changed."""

    def ask() -> BoardAsked:
        asked = team_board(ctx.db, viewer, slug, period, without_nul(chosen))
        return replace(asked, limit=LINES)

    # Read before the answer begins, so that it can still be a 404.
    team = (await run_in_threadpool(ask)).team
    assert team is not None
    recent = partial(recent_acts, ctx.db, team, viewer.user_id, is_admin=viewer.is_admin)

    async def look() -> BoardPage:
        asked = await run_in_threadpool(ask)
        page = await ctx.calls.board_of(asked)
        return await run_in_threadpool(with_own_line, ctx.db, asked, page, viewer)

    return event_stream(ctx, viewer, drawn_boards(request, ctx, look, seen, recent))


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
    """Make a link with which somebody can join; it is shown only this once. For the owner."""
    team = membership.find_team(ctx.db, slug, viewer.user_id, is_admin=viewer.is_admin)
    secret, _made = invitations.invite_to_team(
        ctx.db, team, by=viewer.user_id, ttl_s=num_days * DAY_S, max_uses=num_uses
    )
    origin = f"{request.url.scheme}://{request.url.netloc}"
    link = f"{origin}/teams/{quote(team.slug)}/join?invite={secret}"
    answer = team_page(request, ctx, viewer, slug, link=link)
    # The page shows a secret once: no cache may store it.
    answer.headers["Cache-Control"] = "no-store"
    return answer


@router.post("/teams/{slug}/invitations/{id}/revoke")
def revoke(ctx: Ctx, viewer: Member, _: OurForm, slug: Slug, id: Id) -> Response:
    """Revoke an invitation: nobody can join with it any more. For the owner."""
    team = membership.find_team(ctx.db, slug, viewer.user_id, is_admin=viewer.is_admin)
    invitations.revoke_invitation(ctx.db, team, id, by=viewer.user_id)
    return RedirectResponse(f"/teams/{quote(team.slug)}", 303)


def _set_form(
    name: Annotated[str, Form(max_length=200)] = "",
    problems: Annotated[list[str] | None, Form()] = None,
    slugs: Annotated[str, Form(max_length=10_000)] = "",
    first_day: Day = "",
    last_day: Day = "",
    seen: Annotated[str, Form(max_length=100)] = "",
) -> SetForm:
    # The form has a box for each problem or, if there are too many, a field for the slugs.
    return SetForm(name, (*(problems or ()), *slugs.split()), first_day, last_day, seen)


Typed = Annotated[SetForm, Depends(_set_form)]


@router.post("/teams/{slug}/sets")
def make_set(
    request: Request, ctx: Ctx, viewer: Member, _: OurForm, slug: Slug, typed: Typed
) -> Response:
    """Make a practice set. For the owner."""
    team = membership.find_team(ctx.db, slug, viewer.user_id, is_admin=viewer.is_admin)
    try:
        made = practice.create_practice(ctx.db, team, typed.plan(), by=viewer.user_id)
    except ShousiError as error:
        # The form for a new set is on the page of a period's board.
        return _set_refused(request, ctx, viewer, slug, error, typed, period=Period.ALL)
    return RedirectResponse(f"/teams/{quote(team.slug)}?set={made.id}", 303)


def _set_refused(
    request: Request,
    ctx: Services,
    viewer: Principal,
    slug: str,
    error: ShousiError,
    typed: SetForm,
    period: Period | None = None,
    set_id: str = "",
) -> Response:
    """The team's page with the form as it was typed, and what is wrong with it."""
    refusal = problem_of(error)
    return team_page(
        request,
        ctx,
        viewer,
        slug,
        period,
        set_id,
        status=refusal.kind.status,
        complaint=refusal.detail,
        wrong_form="set",
        wrong_field=refusal.errors[0]["field"] if refusal.errors else "",
        typed=typed,
    )


@router.post("/teams/{slug}/sets/{id}")
def change_set(
    request: Request, ctx: Ctx, viewer: Member, _: OurForm, slug: Slug, id: Id, typed: Typed
) -> Response:
    """Change a set's name, problems or days; its board is computed again. For the owner."""
    team = membership.find_team(ctx.db, slug, viewer.user_id, is_admin=viewer.is_admin)
    seen = practice.find_practice(ctx.db, team, id)
    try:
        plan = typed.plan()
        kept = PracticePlan(seen.name, seen.problems, seen.starts_at, seen.ends_at)
        # Sent twice, the same form changes nothing more.
        if typed.seen not in ("", _hash_of(seen)) and plan != kept:
            raise ConflictError("The practice set has changed since you read it; read it again.")
        practice.change_practice(ctx.db, team, seen, plan, by=viewer.user_id)
    except ShousiError as error:
        return _set_refused(request, ctx, viewer, slug, error, typed, set_id=id)
    return RedirectResponse(f"/teams/{quote(team.slug)}?set={id}", 303)


@router.post("/teams/{slug}/owner")
def hand_over(
    ctx: Ctx, viewer: Member, _: OurForm, slug: Slug, user: Annotated[str, Form(max_length=200)]
) -> Response:
    """Make another member the team's owner. For the owner, who stays a member."""
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
    """Delete the team with its sets and boards; submissions stay. For the owner, who must type the
    team's name, because this can't be undone."""
    team = membership.find_team(ctx.db, slug, viewer.user_id, is_admin=viewer.is_admin)
    if name.strip() != team.name:
        complaint = translations(language_of(request)).gettext("That is not the team's name.")
        return team_page(
            request, ctx, viewer, slug, status=422, complaint=complaint, wrong_form="delete"
        )
    membership.delete_team(ctx.db, team, by=viewer.user_id)
    return RedirectResponse("/teams", 303)


@router.post("/teams/{slug}/sets/{id}/drop")
def drop_set(ctx: Ctx, viewer: Member, _: OurForm, slug: Slug, id: Id) -> Response:
    """Delete a practice set and its board; submissions stay. For the owner."""
    team = membership.find_team(ctx.db, slug, viewer.user_id, is_admin=viewer.is_admin)
    practice.delete_practice(ctx.db, team, id, by=viewer.user_id)
    return RedirectResponse(f"/teams/{quote(team.slug)}", 303)


def _midnight(day: str, field: str) -> float | None:
    """Return the beginning of a day (UTC) in epoch seconds; None if no day is given."""
    if not day:
        return None
    try:
        return datetime.combine(date.fromisoformat(day), time(), UTC).timestamp()
    except ValueError as error:
        raise InvalidError("Give days as YYYY-MM-DD.", field) from error
