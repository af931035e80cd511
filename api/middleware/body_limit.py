"""Bodies over the limit are refused before they are kept: by what Content-Length announces, and
by counting while a body of unstated length arrives.

Plain ASGI, outside the routes: nothing reads a body that this has not counted. The framework has
such a limit of its own, but answers it in plain text.

A client that is still sending when the connection closes sees a broken connection and no answer.
So the rest of a body that is not far too long is read and thrown away first.
"""

import asyncio
from collections.abc import Mapping
from contextlib import suppress
from types import MappingProxyType

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from api import error_types as kinds
from api.errors import ProblemError, error_response

DISCARD_BYTES = 256 << 20
DISCARD_S = 10.0


class _TooLargeError(Exception):
    """Raised inside `receive` to leave the route that is reading."""


class BodyLimit:
    """ASGI middleware that answers 413 to bodies of more than `limit_bytes`.

    `longer` has the limits of the calls that take more, by method and path.
    """

    def __init__(
        self,
        app: ASGIApp,
        limit_bytes: int,
        longer: Mapping[tuple[str, str], int] = MappingProxyType({}),
    ) -> None:
        self._app = app
        self._limit_bytes = limit_bytes
        self._longer = longer

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
        elif (announced := _announced(scope)) > self._limit(scope):
            if announced <= DISCARD_BYTES and not _awaits_permission(scope):
                await _discard(receive)
            await self._refuse(scope, receive, send)
        else:
            await self._count(scope, receive, send)

    def _limit(self, scope: Scope) -> int:
        return self._longer.get((scope["method"], scope["path"]), self._limit_bytes)

    async def _count(self, scope: Scope, receive: Receive, send: Send) -> None:
        counted = 0
        limit = self._limit(scope)
        refused = False

        async def counting_receive() -> Message:
            nonlocal counted, refused
            message = await receive()
            counted += len(message.get("body", b""))
            if counted > limit:
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
            await _discard(receive)
            await self._refuse(scope, receive, send)

    async def _refuse(self, scope: Scope, receive: Receive, send: Send) -> None:
        limit = self._limit(scope)
        problem = ProblemError(
            kinds.TOO_LARGE,
            f"The body may have at most {limit} bytes.",
            # Some of the body may be unread, so that the connection can't be used again.
            headers={"Connection": "close"},
            extra={"limit_bytes": limit},
        )
        await error_response(problem, scope)(scope, receive, send)


async def _discard(receive: Receive) -> None:
    """Read what still comes, within bounds."""
    discarded = 0
    with suppress(TimeoutError):
        async with asyncio.timeout(DISCARD_S):
            while discarded <= DISCARD_BYTES:
                message = await receive()
                discarded += len(message.get("body", b""))
                if not message.get("more_body", False):
                    return


def _awaits_permission(scope: Scope) -> bool:
    """Whether the client sends its body only when told to go on (RFC 9110, section 10.1.1)."""
    return (b"expect", b"100-continue") in (
        (name, value.lower()) for name, value in scope["headers"]
    )


def _announced(scope: Scope) -> int:
    """Content-Length in bytes; 0 where there is none (the server refuses what is no number)."""
    for name, value in scope["headers"]:
        if name == b"content-length" and value.isdigit():
            # Python refuses to read thousands of digits; eighteen are beyond any limit of ours.
            return int(value[:18])
    return 0
