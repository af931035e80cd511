"""Check the token before the body is read, and before the idempotency middleware.

The framework reads and parses a JSON body before it checks who sent it, so that strangers could
fill the memory. And the idempotency middleware stores a key for its sender, and would give a stored
answer to a token that has been revoked since. All other requests are checked by their routes.
"""

from collections.abc import Callable

from starlette.requests import Request
from starlette.types import ASGIApp, Receive, Scope, Send

from api.auth import authenticate
from api.errors import ProblemError, error_response, problem_of
from api.middleware.body_limit import discard
from api.services import PREFIX, Services
from judge.errors import ShousiError

_OPEN = {("POST", f"{PREFIX}/{name}") for name in ("users", "tokens", "session")}
"""The requests that a user without an account may send."""


class TokenFirst:
    """ASGI middleware that answers 401 before the body is read, or sets
    `request.state.principal`."""

    def __init__(self, app: ASGIApp, services: Callable[[], Services]) -> None:
        self._app = app
        self._services = services

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http" and _needs_token(scope):
            request = Request(scope)
            try:
                request.state.principal = await authenticate(request, self._services())
            except (ProblemError, ShousiError) as error:
                problem = error if isinstance(error, ProblemError) else problem_of(error)
                # The body is read and thrown away, so that the client sees the answer.
                await discard(receive)
                await error_response(problem, scope)(scope, receive, send)
                return
        await self._app(scope, receive, send)


def _needs_token(scope: Scope) -> bool:
    if (scope["method"], scope["path"]) in _OPEN or not scope["path"].startswith(f"{PREFIX}/"):
        return False
    return any(
        # A Content-Length of zeros is no body.
        name in (b"transfer-encoding", b"idempotency-key")
        or (name == b"content-length" and value.strip(b"0"))
        for name, value in scope["headers"]
    )
