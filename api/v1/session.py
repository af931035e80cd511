"""Browser sessions, changing your password, and profiles."""

from fastapi import APIRouter, Request, Response

from api import error_types as kinds
from api.auth import Owner, Reader, check_origin
from api.errors import field_problem
from api.services import PREFIX, Ctx, Services
from api.sessions import begin_session, claim, end_session, new_guest, sign_in
from api.v1.caching import conditional
from api.v1.params import no_nul, problem_answers
from api.v1.problems import NOT_MODIFIED
from api.v1.schemas.accounts import PasswordIn, ProfileOut, SessionIn, SessionOut
from api.v1.schemas.submissions import UserIn
from judge.accounts import management as accounts
from judge.accounts import profiles
from judge.accounts.users import User

router = APIRouter(prefix=PREFIX, tags=["accounts"])


@router.post(
    "/session",
    operation_id="createSession",
    status_code=201,
    summary="Sign in with a browser",
    responses=problem_answers(401, 403, 410, 413, 415, 422, 429, 503),
)
def create_session(body: SessionIn, request: Request, ctx: Ctx, response: Response) -> SessionOut:
    """Sign in: sets the cookie of a session that lasts two weeks, a guest's one week. Only pages of
    this service may call it."""
    # Browsers name the origin of a POST; scripts, which name none, have no cookie to lose.
    check_origin(request, missing_is_fine=True)
    user = _user(request, ctx, body)
    begin_session(request, ctx, user, response)
    # Its cookie is a secret: neither caches nor an idempotency key may keep the answer.
    response.headers["Cache-Control"] = "no-store"
    return SessionOut.model_validate(user)


def _user(request: Request, ctx: Services, body: SessionIn) -> User:
    if body.guest:
        return new_guest(request, ctx)
    if body.link is not None:
        return accounts.redeem_link(ctx.db, body.link)
    if body.name is None or body.password is None:
        raise field_problem(kinds.INVALID, "name", "Send name and password, a link, or guest.")
    return sign_in(request, ctx, body.name, body.password)


@router.post(
    "/users/me/claim",
    operation_id="claimAccount",
    summary="Make my guest an account",
    responses=problem_answers(401, 403, 409, 413, 415, 422, 429, 503),
)
def claim_account(
    body: UserIn, request: Request, principal: Reader, ctx: Ctx, response: Response
) -> SessionOut:
    """For guests. Everything sent before stays theirs and counts from now on; the guest's sessions
    end, and a new one begins."""
    user = claim(request, ctx, principal, body.name, body.password)
    begin_session(request, ctx, user, response)
    response.headers["Cache-Control"] = "no-store"
    return SessionOut.model_validate(user)


@router.delete(
    "/session",
    operation_id="deleteSession",
    status_code=204,
    summary="Sign out",
    responses=problem_answers(401, 403, 503),
)
def delete_session(principal: Reader, ctx: Ctx, response: Response) -> None:
    """Sign out: end the token or session that this request was sent with, remove the cookie."""
    end_session(ctx, principal, response)


@router.put(
    "/users/me/password",
    operation_id="changePassword",
    status_code=204,
    summary="Change my password",
    responses=problem_answers(401, 403, 413, 415, 422, 429, 503),
)
def change_password(body: PasswordIn, principal: Owner, request: Request, ctx: Ctx) -> None:
    """Change your password. All your other tokens and sessions end."""
    ctx.limits.check_password_change(request, principal)
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
    """A user's solved problems, streaks, and the last year day by day. Everybody may read it."""
    found = profiles.read_profile(ctx.db, no_nul(name))
    return conditional(request, ProfileOut.model_validate(found), {})
