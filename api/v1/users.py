"""Accounts and tokens."""

from typing import Annotated

from fastapi import Path as PathParameter
from fastapi import Request, Response

from api.auth import Reader, require_scope
from api.services import PREFIX, Ctx
from api.sessions import sign_in, sign_up
from api.v1.params import no_nul, problem_answers
from api.v1.routing import ApiRouter
from api.v1.schemas.submissions import (
    MeOut,
    NewTokenOut,
    SignUpIn,
    TokenIn,
    TokenListOut,
    TokenOut,
    UserOut,
)
from judge.accounts import users
from judge.accounts.users import Scope, Token

router = ApiRouter(prefix=PREFIX)


@router.post(
    "/users",
    operation_id="createUser",
    tags=["accounts"],
    status_code=201,
    summary="Sign up",
    responses=problem_answers(403, 404, 409, 410, 413, 415, 422, 429, 503),
)
def create_user(body: SignUpIn, request: Request, ctx: Ctx, response: Response) -> UserOut:
    """Make an account. Names are unique whatever their case; passwords have 8 characters or more.
    While sign-up is closed, you need an admin's invitation."""
    user = sign_up(request, ctx, body.name, body.password, body.invite)
    response.headers["Location"] = "/api/v1/users/me"
    return UserOut.model_validate(user)


@router.get(
    "/users/me",
    operation_id="getMe",
    tags=["accounts"],
    summary="Who am I",
    responses=problem_answers(401, 403, 503),
)
def get_me(principal: Reader) -> MeOut:
    """The user whose token or session this request was sent with."""
    me = UserOut.model_validate(principal.user)
    return MeOut(**me.model_dump(), scopes=sorted(principal.scopes))


def _token_out(token: Token) -> TokenOut:
    return TokenOut.model_validate(token)


@router.post(
    "/tokens",
    operation_id="createToken",
    tags=["accounts"],
    status_code=201,
    summary="Sign in",
    responses=problem_answers(401, 413, 415, 422, 429, 503),
)
def create_token(body: TokenIn, request: Request, ctx: Ctx, response: Response) -> NewTokenOut:
    """Make a token with a name and password. The token is shown only in this answer."""
    user = sign_in(request, ctx, body.name, body.password)
    ttl_s = users.DEFAULT_TTL_S if body.ttl_s is None else body.ttl_s
    secret, token = users.issue_token(
        ctx.db, user.id, body.label, ttl_s, body.scopes, signed_in=user
    )
    response.headers["Location"] = f"/api/v1/tokens/{token.id}"
    response.headers["Cache-Control"] = "no-store"
    return NewTokenOut(**_token_out(token).model_dump(), token=secret)


@router.get(
    "/tokens",
    operation_id="listTokens",
    tags=["accounts"],
    summary="My tokens",
    responses=problem_answers(401, 403, 503),
)
def list_tokens(principal: Reader, ctx: Ctx) -> TokenListOut:
    """Your valid tokens, newest first, without their secrets."""
    return TokenListOut(items=[_token_out(t) for t in users.list_tokens(ctx.db, principal.user_id)])


@router.delete(
    "/tokens/{id}",
    operation_id="revokeToken",
    tags=["accounts"],
    status_code=204,
    summary="Revoke a token",
    responses=problem_answers(401, 403, 404, 503),
)
def revoke_token(
    id: Annotated[str, PathParameter(description="The token's id")],
    principal: Reader,
    ctx: Ctx,
) -> None:
    """End a token: it stops working at once. A token may always end itself; ending others needs the
    scope `account`."""
    if id != principal.token_id:
        require_scope(principal, Scope.ACCOUNT)
    users.revoke_token(ctx.db, principal.user_id, no_nul(id))
