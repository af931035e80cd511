"""Authentication: find the `Principal` of a token or session, or answer with 401 or 403."""

from collections.abc import Callable
from typing import Annotated, cast
from urllib.parse import urlsplit

from fastapi import Depends, Request
from fastapi.openapi.models import HTTPBearer as HTTPBearerModel
from fastapi.security.base import SecurityBase

from api import error_types as kinds
from api.errors import ProblemError
from api.services import Ctx, Services
from judge.accounts.users import Principal, Scope, TokenKind
from judge.audit import note_act

COOKIE = "shousi_session"
_SAFE = ("GET", "HEAD", "OPTIONS")


def _unauthenticated(detail: str, challenge: str) -> ProblemError:
    headers = {"WWW-Authenticate": f'Bearer realm="shousi"{challenge}'}
    return ProblemError(kinds.NOT_SIGNED_IN, detail, headers=headers)


async def authenticate(request: Request, ctx: Services) -> Principal:
    """Return the user whose token or session came with the request.

    Raises ProblemError: 401 without a valid one, 403 if another site's page uses the session.
    """
    credentials = bearer_token(request)
    cookie = request.cookies.get(COOKIE)
    if credentials:
        principal = await ctx.calls.principal_of(credentials, TokenKind.BEARER)
    elif cookie is not None:
        check_origin(request)
        principal = await ctx.calls.principal_of(cookie, TokenKind.SESSION)
    else:
        raise _unauthenticated(f"Sign in first. {kinds.NOT_SIGNED_IN.advice}", "")
    if principal is None:
        raise _unauthenticated(
            "The token is unknown, expired or revoked. POST /api/v1/tokens gives a new one.",
            ', error="invalid_token"',
        )
    return principal


def bearer_token(request: Request) -> str:
    """Return the token of the Authorization header; empty if there is none."""
    # RFC 9110: the scheme's name is read in any case.
    scheme, _, credentials = request.headers.get("authorization", "").partition(" ")
    return credentials.strip() if scheme.lower() == "bearer" else ""


async def current_principal(request: Request) -> Principal:
    """Return the user whose token or session came with the request; 401 without a valid one."""
    # Called directly and not as a FastAPI dependency: each of those costs the event loop time.
    # If the request has a body, `TokenFirst` has already found the user.
    known: Principal | None = getattr(request.state, "principal", None)
    return known or await authenticate(request, cast(Services, request.app.state.services))


def check_origin(request: Request, *, missing_is_fine: bool = False) -> None:
    """Refuse a request that another site's page sends with this site's cookie.

    Requests that only read are harmless. Browsers name the origin of all others.
    """
    if request.method in _SAFE:
        return
    origin = request.headers.get("origin")
    if origin is None and missing_is_fine:
        return
    # Both contain the port, unless it is the scheme's default.
    if origin is None or urlsplit(origin).netloc != request.headers.get("host"):
        raise ProblemError(
            kinds.FORBIDDEN, "A session is for this service's own pages; scripts use a token."
        )


def require_scope(principal: Principal, scope: Scope) -> None:
    """Raise ProblemError (403) if the token lacks the scope."""
    if scope not in principal.scopes:
        raise ProblemError(
            kinds.FORBIDDEN,
            f"This token lacks the scope {scope.value!r}; make one that has it.",
            headers={
                "WWW-Authenticate": f'Bearer error="insufficient_scope", scope="{scope.value}"'
            },
        )


class _Required(SecurityBase):
    """A FastAPI dependency that gives the principal, if `check` raises nothing. It also declares
    the token in the OpenAPI document: a second dependency for that would slow each request."""

    model = HTTPBearerModel(
        description="A token from POST /api/v1/tokens, e.g. `shousi_...`",
    )
    scheme_name = "HTTPBearer"

    def __init__(self, check: Callable[[Request, Principal], None]) -> None:
        self._check = check

    async def __call__(self, request: Request) -> Principal:
        principal = await current_principal(request)
        self._check(request, principal)
        return principal


def _having(scope: Scope) -> _Required:
    return _Required(lambda _request, principal: require_scope(principal, scope))


def _check_program(request: Request, principal: Principal) -> None:
    require_scope(principal, Scope.SUBMIT)
    if not bearer_token(request):
        raise ProblemError(
            kinds.FORBIDDEN, "This is for programs: send `Authorization: Bearer TOKEN`."
        )


def _check_admin(_request: Request, principal: Principal) -> None:
    if not principal.is_admin:
        raise ProblemError(
            kinds.FORBIDDEN, "Only an admin's token with the scope 'admin' may do that."
        )


_admin = _Required(_check_admin)


def _note_admin(
    request: Request,
    ctx: Ctx,
    principal: Annotated[Principal, Depends(_admin)],
) -> Principal:
    """Return the admin, after the audit log has an entry for what they are about to change."""
    if request.method not in _SAFE:
        # PostgreSQL stores no NUL, and the route has not checked its path yet.
        if "\0" in request.url.path:
            raise ProblemError(kinds.NOT_FOUND, "There is nothing of that name.")
        note(ctx, principal, request.scope["route"].operation_id, request.url.path)
    return principal


def note(ctx: Services, admin: Principal, action: str, target: str) -> None:
    """Write into the audit log what an admin is about to do; `action` is the API's operation."""
    with ctx.db.write() as session:
        note_act(ctx.db, session, admin.user_id, action, target)


async def _reader_or_visitor(request: Request, ctx: Ctx) -> Principal | None:
    try:
        principal = await authenticate(request, ctx)
    except ProblemError:
        # An expired token is no reason to refuse a page that everybody may read.
        return None
    return principal if Scope.READ in principal.scopes else None


Reader = Annotated[Principal, Depends(_having(Scope.READ))]
MaybeReader = Annotated[Principal | None, Depends(_reader_or_visitor)]
"""For routes that anybody may read, and that show more to a signed-in user."""
Member = Annotated[Principal, Depends(_having(Scope.TEAMS))]
Owner = Annotated[Principal, Depends(_having(Scope.ACCOUNT))]
"""For routes that change the user's own account: the password, other tokens."""
Submitter = Annotated[Principal, Depends(_having(Scope.SUBMIT))]
Program = Annotated[Principal, Depends(_Required(_check_program))]
"""For routes that only programs use: as `Submitter`, but a browser's session is refused."""
Admin = Annotated[Principal, Depends(_note_admin)]
"""For admins' routes; each change is written to the audit log before it is made."""
NotedAdmin = Annotated[Principal, Depends(_admin)]
"""For admins' routes that write to the audit log in the transaction of the change itself."""
