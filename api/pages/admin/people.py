"""Users with their roles and bans, invitations to make an account, and the log of admins' acts."""

from typing import Annotated
from urllib.parse import quote

from fastapi import APIRouter, Form, Request
from starlette.responses import RedirectResponse, Response

from api.auth import note
from api.errors import problem_of
from api.pages.forms import OurForm
from api.pages.paging import Id, NextPage, UserName, opened, sealed
from api.pages.rendering import render
from api.pages.viewer import Admin
from api.services import Ctx, Services
from judge import audit
from judge.accounts import management as accounts
from judge.accounts.users import Principal, Role
from judge.errors import ShousiError
from judge.teams import invitations

router = APIRouter(include_in_schema=False)
DAY_S = 86400
MOST_USES = 100


@router.get("/admin/users")
def show_users(request: Request, ctx: Ctx, viewer: Admin, cursor: NextPage = None) -> Response:
    """All users, newest first."""
    return _users(request, ctx, viewer, cursor)


def _users(
    request: Request,
    ctx: Services,
    viewer: Principal,
    cursor: str | None = None,
    status: int = 200,
    complaint: str = "",
) -> Response:
    page = accounts.list_accounts(ctx.db, opened(request, ctx, cursor))
    return render(
        request,
        "admin/users.html",
        status,
        accounts=page.items,
        own_address="/admin/users",
        me=viewer.user_id,
        next_cursor=sealed(request, ctx, page.next),
        complaint=complaint,
    )


@router.post("/admin/users/{name}")
def change_user(
    request: Request,
    ctx: Ctx,
    viewer: Admin,
    _: OurForm,
    name: UserName,
    role: Annotated[str, Form(max_length=20)] = "",
    banned: Annotated[str, Form(max_length=5)] = "",
) -> Response:
    """Give a role (`user`, `admin`), ban (`yes`) or let back in (`no`)."""
    # Nobody is made a guest; any other word changes no role.
    given = Role(role) if role in (Role.USER, Role.ADMIN) else None
    try:
        seen = accounts.find_account(ctx.db, name)
        accounts.change_account(
            ctx.db,
            seen,
            by=viewer.user_id,
            role=given,
            # Any other word neither bans nor lets back in.
            banned={"yes": True, "no": False}.get(banned),
        )
    except ShousiError as error:
        refusal = problem_of(error)
        return _users(request, ctx, viewer, status=refusal.kind.status, complaint=refusal.detail)
    # To the row that was changed.
    return RedirectResponse(f"/admin/users#{quote(name)}", 303)


@router.get("/admin/invitations")
def show_invitations(request: Request, ctx: Ctx, _admin: Admin) -> Response:
    """Those that still let somebody make an account."""
    return _invitations(request, ctx)


def _invitations(
    request: Request, ctx: Services, status: int = 200, *, link: str = "", complaint: str = ""
) -> Response:
    found = invitations.list_invitations(ctx.db, None)
    answer = render(
        request,
        "admin/invitations.html",
        status,
        invitations=found,
        link=link,
        complaint=complaint,
        most_uses=MOST_USES,
    )
    # The page shows a secret once: nothing may keep it.
    if link:
        answer.headers["Cache-Control"] = "no-store"
    return answer


@router.post("/admin/invitations")
def invite(
    request: Request,
    ctx: Ctx,
    viewer: Admin,
    _: OurForm,
    num_uses: Annotated[int, Form(ge=1, le=MOST_USES)] = 1,
    num_days: Annotated[int, Form(ge=1, le=30)] = 7,
) -> Response:
    """A link with which accounts are made while sign-up is closed, shown this once."""
    # Before it is done: the log has an attempt that failed, but never lacks an act.
    note(ctx, viewer, "createAccountInvitation", request.url.path)
    try:
        word, _made = invitations.invite_to_service(
            ctx.db, by=viewer.user_id, ttl_s=num_days * DAY_S, max_uses=num_uses
        )
    except ShousiError as error:
        refusal = problem_of(error)
        return _invitations(request, ctx, refusal.kind.status, complaint=refusal.detail)
    origin = f"{request.url.scheme}://{request.url.netloc}"
    return _invitations(request, ctx, link=f"{origin}/sign-in?invite={word}")


@router.post("/admin/invitations/{id}/revoke")
def revoke(request: Request, ctx: Ctx, viewer: Admin, _: OurForm, id: Id) -> Response:
    """Nobody can make an account with it any more."""
    note(ctx, viewer, "revokeAccountInvitation", request.url.path)
    invitations.revoke_to_service(ctx.db, id)
    return RedirectResponse("/admin/invitations", 303)


@router.get("/admin/log")
def show_log(request: Request, ctx: Ctx, _admin: Admin, cursor: NextPage = None) -> Response:
    """What admins did, newest first; nothing in it ever changes."""
    page = audit.list_acts(ctx.db, opened(request, ctx, cursor))
    return render(
        request, "admin/log.html", acts=page.items, next_cursor=sealed(request, ctx, page.next)
    )
