"""Who is asking: a bearer token becomes a `Principal`, or the answer is 401 or 403."""

from collections.abc import Callable
from typing import Annotated

from fastapi import Depends
from fastapi.security import HTTPAuthorizationCredentials, HTTPBearer

from api import error_types as kinds
from api.deps import Services, services
from api.errors import ProblemError
from judge.users import Principal, Scope, principal_of

_bearer = HTTPBearer(
    auto_error=False, description="A token from POST /api/v1/tokens, e.g. `shousi_...`"
)


def _unauthenticated(detail: str, challenge: str) -> ProblemError:
    headers = {"WWW-Authenticate": f'Bearer realm="shousi"{challenge}'}
    return ProblemError(kinds.NOT_SIGNED_IN, detail, headers=headers)


def current_principal(
    services: Annotated[Services, Depends(services)],
    credentials: Annotated[HTTPAuthorizationCredentials | None, Depends(_bearer)],
) -> Principal:
    """Whose token came with the request; 401 without one that works."""
    if credentials is None:
        raise _unauthenticated(f"Sign in first. {kinds.NOT_SIGNED_IN.advice}", "")
    principal = principal_of(services.db, credentials.credentials)
    if principal is None:
        raise _unauthenticated(
            "The token is unknown, expired or revoked. POST /api/v1/tokens gives a new one.",
            ', error="invalid_token"',
        )
    return principal


def _require(scope: Scope) -> Callable[[Principal], Principal]:
    def check(principal: Annotated[Principal, Depends(current_principal)]) -> Principal:
        if scope in principal.scopes:
            return principal
        raise ProblemError(
            kinds.FORBIDDEN,
            f"This token lacks the scope {scope.value!r}; make one that has it.",
            headers={
                "WWW-Authenticate": f'Bearer error="insufficient_scope", scope="{scope.value}"'
            },
        )

    return check


def _require_admin(principal: Annotated[Principal, Depends(current_principal)]) -> Principal:
    if principal.is_admin:
        return principal
    raise ProblemError(kinds.FORBIDDEN, "Only an admin's token with the scope 'admin' may do that.")


Reader = Annotated[Principal, Depends(_require(Scope.READ))]
Member = Annotated[Principal, Depends(_require(Scope.TEAMS))]
Submitter = Annotated[Principal, Depends(_require(Scope.SUBMIT))]
Admin = Annotated[Principal, Depends(_require_admin)]
