"""Bodies over the limit are refused before they are kept: by what Content-Length announces, and
by counting while a body of unstated length arrives.

Plain ASGI, outside the routes: nothing reads a body that this has not counted. The framework has
such a limit of its own, but answers it in plain text.
"""

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from api import error_types as kinds
from api.errors import ProblemError, problem_response


class _TooLargeError(Exception):
    """Raised inside `receive` to leave the route that is reading."""


class BodyLimit:
    """ASGI middleware that answers 413 to bodies of more than `limit_bytes`."""

    def __init__(self, app: ASGIApp, limit_bytes: int) -> None:
        self._app = app
        self._limit_bytes = limit_bytes

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
        elif _announced(scope) > self._limit_bytes:
            await self._refuse(scope, receive, send)
        else:
            await self._count(scope, receive, send)

    async def _count(self, scope: Scope, receive: Receive, send: Send) -> None:
        counted = 0
        refused = False

        async def counting_receive() -> Message:
            nonlocal counted, refused
            message = await receive()
            counted += len(message.get("body", b""))
            if counted > self._limit_bytes:
                refused = True
                raise _TooLargeError
            return message

        async def guarded_send(message: Message) -> None:
            # The route turns what `receive` raised into an answer of its own: ours goes instead.
            if not refused:
                await send(message)

        try:
            await self._app(scope, counting_receive, guarded_send)
        except _TooLargeError:
            refused = True
        if refused:
            await self._refuse(scope, receive, send)

    async def _refuse(self, scope: Scope, receive: Receive, send: Send) -> None:
        limit = self._limit_bytes
        problem = ProblemError(
            kinds.TOO_LARGE,
            f"The body may have at most {limit} bytes.",
            # The rest of the body stays unread, so the connection can't be used again.
            headers={"Connection": "close"},
            extra={"limit_bytes": limit},
        )
        await problem_response(problem, scope["path"])(scope, receive, send)


def _announced(scope: Scope) -> int:
    """Content-Length in bytes; 0 where there is none (the server refuses what is no number)."""
    for name, value in scope["headers"]:
        if name == b"content-length" and value.isdigit():
            # Python refuses to read thousands of digits; eighteen are beyond any limit of ours.
            return int(value[:18])
    return 0
