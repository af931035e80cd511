"""Sessions of browsers, and the user's own account: claim, password, preferences, mistakes, export,
deletion; and profiles."""

from typing import Annotated

from fastapi import Query, Request, Response
from starlette.responses import StreamingResponse

from api import error_types as kinds
from api.auth import Owner, Reader, check_origin
from api.content_language import InLanguage
from api.errors import field_problem
from api.exporting import zip_stream
from api.services import PREFIX, Ctx
from api.sessions import begin_session, claim, end_session, leave, new_guest, sign_in
from api.v1.caching import NOT_MODIFIED, conditional
from api.v1.params import no_nul, problem_answers
from api.v1.routing import ApiRouter
from api.v1.schemas.accounts import (
    PasswordIn,
    PreferencesIn,
    PreferencesOut,
    ProfileOut,
    SessionIn,
    SessionOut,
    ToldMistakeListOut,
    ToldMistakeOut,
)
from api.v1.schemas.submissions import SignUpIn
from judge.accounts import management as accounts
from judge.accounts import preferences, profiles
from judge.accounts.export import exported_files
from judge.accounts.leaving import Code
from judge.mistakes.told import read_told_mistakes

router = ApiRouter(prefix=PREFIX, tags=["accounts"])


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
    # Browsers name the origin of a POST. A script names none, but has no cookie to steal either.
    check_origin(request, missing_is_fine=True)
    if body.guest:
        user = new_guest(request, ctx)
    elif body.link is not None:
        user = accounts.redeem_link(ctx.db, body.link)
    elif body.name is None or body.password is None:
        raise field_problem(kinds.INVALID, "name", "Send name and password, a link, or guest.")
    else:
        user = sign_in(request, ctx, body.name, body.password)
    begin_session(request, ctx, user, response)
    # The cookie is a secret: neither a cache nor the idempotency middleware may store the answer.
    response.headers["Cache-Control"] = "no-store"
    return SessionOut.model_validate(user)


@router.post(
    "/users/me/claim",
    operation_id="claimAccount",
    summary="Turn my guest into an account",
    responses=problem_answers(401, 403, 404, 409, 410, 413, 415, 422, 429, 503),
)
def claim_account(
    body: SignUpIn, request: Request, principal: Reader, ctx: Ctx, response: Response
) -> SessionOut:
    """Turn a guest into an account with a name and a password. You keep all your submissions, and
    they count from now on. The guest's sessions end, and a new one begins."""
    user = claim(request, ctx, principal, body.name, body.password, body.invite)
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
    """Sign out: end the token or session of this request, and delete the cookie."""
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
    "/users/me/preferences",
    operation_id="getPreferences",
    summary="My theme and language",
    responses=problem_answers(401, 403, 503),
)
def get_preferences(principal: Reader) -> PreferencesOut:
    """Your theme and language for the pages, in every browser where you sign in."""
    return PreferencesOut.model_validate(principal.user)


@router.put(
    "/users/me/preferences",
    operation_id="changePreferences",
    summary="Choose theme and language of the pages",
    responses=problem_answers(401, 403, 413, 415, 422, 503),
)
def put_preferences(body: PreferencesIn, principal: Owner, ctx: Ctx) -> PreferencesOut:
    """Choose theme and language. A member that you leave out stays as it is; null deletes the
    choice, so that the browser's or the system's is used again."""
    chosen = body.model_dump(exclude_unset=True)
    return PreferencesOut.model_validate(
        preferences.change_preferences(ctx.db, principal.user_id, chosen)
    )


@router.get(
    "/users/me/mistakes",
    operation_id="listToldMistakes",
    summary="Known mistakes in my submissions",
    responses=problem_answers(401, 403, 422, 503),
)
def list_told_mistakes(principal: Reader, ctx: Ctx, reader: InLanguage) -> ToldMistakeListOut:
    """The known mistakes that were found in your newest submissions. Nobody else can see them."""
    told = read_told_mistakes(ctx.db, principal.user_id)
    items = [
        ToldMistakeOut(
            problem=one.problem,
            line=reader.pick(one.line) or "",
            submission=one.submission,
            verdict=one.verdict,
            submitted_at=one.submitted_at,
            num_told=one.num_told,
            solved_since=one.solved_since,
        )
        for one in told
    ]
    return ToldMistakeListOut(items=items)


@router.get(
    "/users/me/export",
    operation_id="exportAccount",
    summary="Export all my data",
    response_class=StreamingResponse,
    responses={
        200: {"content": {"application/zip": {"example": "PK..."}}},
        **problem_answers(401, 403, 503),
    },
)
def export_account(principal: Owner, ctx: Ctx) -> StreamingResponse:
    """A zip of your account, drafts, submissions, runs and interviews."""
    files = exported_files(ctx.db, principal.user_id)
    headers = {
        "Content-Disposition": 'attachment; filename="shousi-export.zip"',
        "Cache-Control": "no-store",
    }
    return StreamingResponse(zip_stream(files), media_type="application/zip", headers=headers)


@router.delete(
    "/users/me",
    operation_id="deleteAccount",
    status_code=204,
    summary="Delete my account",
    responses=problem_answers(401, 403, 409, 422, 503),
)
def delete_account(
    principal: Owner,
    ctx: Ctx,
    response: Response,
    code: Annotated[Code, Query(description="What happens to your submissions")],
    confirm: Annotated[str, Query(description="Your name, so that nothing is deleted by mistake")],
) -> None:
    """Delete your account for good, with your tokens, drafts and memberships; you disappear from
    all boards. With `code=delete` your submissions are deleted, with `code=keep` they stay without
    your name. First hand over or delete the teams that you own."""
    leave(ctx, principal, confirm, code, response)


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
