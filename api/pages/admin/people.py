"""Pages with all users, their roles and bans; invitations to sign up; and the audit log."""

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
    """Change a user's role (`user`, `admin`), ban them (`yes`) or end their ban (`no`)."""
    # Nobody can be made a guest; any other value leaves the role as it is.
    given = Role(role) if role in (Role.USER, Role.ADMIN) else None
    try:
        seen = accounts.find_account(ctx.db, name)
        accounts.change_account(
            ctx.db,
            seen,
            by=viewer.user_id,
            role=given,
            # Any other value leaves the ban as it is.
            banned={"yes": True, "no": False}.get(banned),
        )
    except ShousiError as error:
        refusal = problem_of(error)
        return _users(request, ctx, viewer, status=refusal.kind.status, complaint=refusal.detail)
    # The page scrolls to the changed row.
    return RedirectResponse(f"/admin/users#user-{quote(name)}", 303)


@router.get("/admin/invitations")
def show_invitations(request: Request, ctx: Ctx, _admin: Admin) -> Response:
    """Show the invitations with which somebody can still make an account."""
    return _invitations(request, ctx)


def _invitations(
    request: Request,
    ctx: Services,
    status: int = 200,
    *,
    link: str = "",
    complaint: str = "",
    num_uses: int = 1,
    num_days: int = 7,
) -> Response:
    found = invitations.list_invitations(ctx.db, None)
    answer = render(
        request,
        "admin/invitations.html",
        status,
        invitations=found,
        link=link,
        complaint=complaint,
        num_uses=num_uses,
        num_days=num_days,
        most_uses=MOST_USES,
    )
    # The page shows a secret once: no cache may store it.
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
    """Make a link for signing up while sign-up is closed. It is shown only this once."""
    # Noted first: the log may show an act that failed then, but it never misses one.
    note(ctx, viewer, "createAccountInvitation", request.url.path)
    try:
        secret, _made = invitations.invite_to_service(
            ctx.db, by=viewer.user_id, ttl_s=num_days * DAY_S, max_uses=num_uses
        )
    except ShousiError as error:
        refusal = problem_of(error)
        return _invitations(
            request,
            ctx,
            refusal.kind.status,
            complaint=refusal.detail,
            num_uses=num_uses,
            num_days=num_days,
        )
    origin = f"{request.url.scheme}://{request.url.netloc}"
    return _invitations(request, ctx, link=f"{origin}/sign-in?invite={secret}")


@router.post("/admin/invitations/{id}/revoke")
def revoke(request: Request, ctx: Ctx, viewer: Admin, _: OurForm, id: Id) -> Response:
    """Revoke an invitation: nobody can make an account with it any more."""
    note(ctx, viewer, "revokeAccountInvitation", request.url.path)
    invitations.revoke_to_service(ctx.db, id)
    return RedirectResponse("/admin/invitations", 303)


@router.get("/admin/log")
def show_log(request: Request, ctx: Ctx, _admin: Admin, cursor: NextPage = None) -> Response:
    """Show what admins did, newest first; the log's entries never change."""
    page = audit.list_acts(ctx.db, opened(request, ctx, cursor))
    return render(
        request, "admin/log.html", acts=page.items, next_cursor=sealed(request, ctx, page.next)
    )
