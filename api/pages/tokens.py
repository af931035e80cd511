"""Page of the tokens for scripts and the command line: list, make and revoke them."""

from typing import Annotated

from fastapi import APIRouter, Form, Path, Request
from starlette.responses import RedirectResponse, Response

from api.errors import ProblemError, problem_of
from api.pages.forms import OurForm
from api.pages.paging import without_nul
from api.pages.rendering import render
from api.pages.viewer import Member
from api.services import Ctx, Services
from api.sessions import sign_in
from judge.accounts import identities, users
from judge.accounts.users import Principal, User
from judge.errors import ForbiddenError, ShousiError

router = APIRouter(include_in_schema=False)


@router.get("/tokens")
def show_tokens(request: Request, ctx: Ctx, viewer: Member) -> Response:
    """Show the user's valid tokens, without their secrets."""
    return _page(request, ctx, viewer)


@router.post("/tokens")
def make_token(
    request: Request,
    ctx: Ctx,
    viewer: Member,
    _: OurForm,
    label: Annotated[str, Form(max_length=100)] = "",
    password: Annotated[str, Form(max_length=4000)] = "",
) -> Response:
    """Make a token, which is shown only this once. It needs the password, as in the API, so that
    somebody who finds an open browser can't make one. A user without a password must have signed in
    just before."""
    user: User | None = None
    try:
        if identities.has_password(ctx.db, viewer.user_id):
            # Wrong passwords are counted and limited as in a sign-in.
            user = sign_in(request, ctx, viewer.user.name, password)
        elif not identities.is_fresh(ctx.db, viewer.token_id):
            raise ForbiddenError(
                "Sign in again first: for ten minutes after it you can make a token."
            )
        secret, _token = users.issue_token(
            ctx.db, viewer.user_id, without_nul(label), signed_in=user
        )
    except (ProblemError, ShousiError) as error:
        refusal = error if isinstance(error, ProblemError) else problem_of(error)
        status = refusal.kind.status
        return _page(request, ctx, viewer, status, complaint=refusal.detail, label=label)
    answer = _page(request, ctx, viewer, secret=secret)
    answer.headers["Cache-Control"] = "no-store"
    return answer


@router.post("/tokens/{id}/revoke")
def revoke_token(
    ctx: Ctx, viewer: Member, _: OurForm, id: Annotated[str, Path(max_length=100)]
) -> Response:
    """Revoke a token at once. If it is this browser's session, the user is signed out."""
    users.revoke_token(ctx.db, viewer.user_id, without_nul(id))
    return RedirectResponse("/tokens", 303)


def _page(
    request: Request,
    ctx: Services,
    viewer: Principal,
    status: int = 200,
    *,
    secret: str = "",
    complaint: str = "",
    label: str = "",
) -> Response:
    return render(
        request,
        "tokens.html",
        status,
        tokens=users.list_tokens(ctx.db, viewer.user_id),
        # Marks the session of this browser in the list.
        here_id=viewer.token_id,
        has_password=identities.has_password(ctx.db, viewer.user_id),
        origin=f"{request.url.scheme}://{request.url.netloc}",
        secret=secret,
        complaint=complaint,
        label=label,
    )
