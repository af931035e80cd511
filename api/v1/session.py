"""Browser sessions: a cookie that scripts in a page can't read and other sites can't use."""

from typing import Annotated

from fastapi import APIRouter, Depends, Request, Response

from api import error_types as kinds
from api.auth import COOKIE, Reader, check_origin
from api.deps import PREFIX, Services, no_nul, problem_answers, services
from api.errors import ProblemError, field_problem
from api.v1.caching import conditional
from api.v1.problems import NOT_MODIFIED
from api.v1.schemas.accounts import PasswordIn, ProfileOut, SessionIn, SessionOut
from judge.accounts import management as accounts
from judge.accounts import profiles, users
from judge.accounts.users import TokenKind, User

router = APIRouter(prefix=PREFIX, tags=["accounts"])
Ctx = Annotated[Services, Depends(services)]

SESSION_S = 14 * 86400


@router.post(
    "/session",
    operation_id="createSession",
    status_code=201,
    summary="Sign in with a browser",
    responses=problem_answers(401, 403, 410, 413, 415, 422, 429, 503),
)
def create_session(body: SessionIn, request: Request, ctx: Ctx, response: Response) -> SessionOut:
    """Sets the cookie of a session that lasts two weeks. From pages of this service only."""
    check_origin(request, missing_is_fine=True)
    user = _user(request, ctx, body)
    begin_session(request, ctx, user, response)
    response.headers["Cache-Control"] = "no-store"
    return SessionOut.model_validate(user)


def begin_session(request: Request, ctx: Services, user: User, response: Response) -> None:
    """A new session for `user`, whose cookie goes out with `response`."""
    secret, _ = users.issue_token(ctx.db, user.id, "browser", SESSION_S, kind=TokenKind.SESSION)
    response.set_cookie(
        COOKIE,
        secret,
        max_age=SESSION_S,
        httponly=True,
        samesite="lax",
        secure=request.url.scheme == "https",
    )


def _user(request: Request, ctx: Services, body: SessionIn) -> User:
    if body.link is not None:
        return accounts.redeem_link(ctx.db, body.link)
    if body.name is None or body.password is None:
        raise field_problem(kinds.INVALID, "name", "Send name and password, or a link.")
    return signed_in(request, ctx, body.name, body.password)


def signed_in(request: Request, ctx: Services, name: str, password: str) -> User:
    """The user whose name and password these are, or 401; 429 after too many wrong ones."""
    ctx.limits.check_sign_in(request, name)
    user = users.sign_in(ctx.db, name, password)
    if user is None:
        ctx.limits.failed_sign_in(request, name)
        # The same words whether or not there is such a user.
        raise ProblemError(
            kinds.NOT_SIGNED_IN,
            "No user has that name and password.",
            headers={"WWW-Authenticate": 'Bearer realm="shousi"'},
        )
    return user


@router.delete(
    "/session",
    operation_id="deleteSession",
    status_code=204,
    summary="Sign out",
    responses=problem_answers(401, 403, 503),
)
def delete_session(principal: Reader, ctx: Ctx, response: Response) -> None:
    """The token or session that this request came with ends; the cookie is taken back."""
    users.revoke_token(ctx.db, principal.user_id, principal.token_id)
    response.delete_cookie(COOKIE, httponly=True, samesite="lax")


@router.put(
    "/users/me/password",
    operation_id="changePassword",
    status_code=204,
    summary="Change my password",
    responses=problem_answers(401, 403, 413, 415, 422, 429, 503),
)
def change_password(body: PasswordIn, principal: Reader, request: Request, ctx: Ctx) -> None:
    """Every other token and session of one's own ends."""
    name = principal.user.name
    ctx.limits.check_sign_in(request, name)
    ctx.limits.failed_sign_in(request, name)
    accounts.change_password(
        ctx.db,
        principal.user_id,
        body.old_password,
        body.new_password,
        keep_token=principal.token_id,
    )


@router.get(
    "/users/{name}",
    operation_id="getProfile",
    summary="A user's profile",
    response_model=ProfileOut,
    responses={**NOT_MODIFIED, **problem_answers(404, 503)},
)
def get_profile(request: Request, name: str, ctx: Ctx) -> Response:
    """Solved problems, streaks, and a year day by day; for everybody to read."""
    found = profiles.read_profile(ctx.db, no_nul(name))
    return conditional(request, ProfileOut.model_validate(found), {})
