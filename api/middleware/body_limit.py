"""Bodies are bounded in size and in time, before anything keeps them.

Plain ASGI, outside the routes: nothing reads a body that this has not counted. The size is
checked by what Content-Length announces, and by counting while a body of unstated length arrives.
A body must arrive within BODY_S, or at BODY_BYTES_PER_S where it is long; and all bodies that are
in memory at a time share `in_flight_bytes`. The framework has a limit of its own, but answers it
in plain text.

A client that is still sending when the connection closes sees a broken connection and no answer.
So the rest of a body that is not far too long is read and thrown away first.
"""

import asyncio
import time
from collections.abc import Callable
from contextlib import suppress

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from api import error_types as kinds
from api.errors import ProblemError, error_response

BODY_S = 10.0
# In bytes a second: what a slow line still gives (64 kbit/s).
BODY_BYTES_PER_S = 8192
# As much is read to be thrown away, so that the client sees the answer.
DISCARD_BYTES = 256 << 20
DISCARD_S = 10.0
IN_FLIGHT_BYTES = 64 << 20


class _RefusedError(Exception):
    """Raised inside `receive` to leave the route that is reading."""


class BodyLimit:
    """ASGI middleware that answers 413, 408 or 503 to bodies that are too long, slow or many.

    `limit_of` gives the most bytes that a method and path take. `is_kept` says whether the route
    holds the body in memory; else it is not counted among the bytes in flight.
    """

    def __init__(
        self,
        app: ASGIApp,
        limit_of: Callable[[str, str], int],
        *,
        in_flight_bytes: int = IN_FLIGHT_BYTES,
        is_kept: Callable[[str, str], bool] = lambda _method, _path: True,
    ) -> None:
        self._app = app
        self._limit_of = limit_of
        self._room = in_flight_bytes
        self._is_kept = is_kept

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        limit = self._limit_of(scope["method"], scope["path"])
        names = [name for name, _ in scope["headers"]]
        # The body's end is stated twice: a proxy may believe the other one (RFC 9112, 6.1).
        if b"content-length" in names and b"transfer-encoding" in names:
            problem = ProblemError(
                kinds.BAD_REQUEST,
                "Send Content-Length or Transfer-Encoding, not both.",
                headers={"Connection": "close"},
            )
            await error_response(problem, scope)(scope, receive, send)
        elif (announced := _announced(scope)) > limit:
            # Header names come in lower case by ASGI's rules; values as they were sent.
            headers = ((name, value.lower()) for name, value in scope["headers"])
            # Who waits for "100 Continue" has sent nothing yet (RFC 9110, section 10.1.1).
            if announced <= DISCARD_BYTES and (b"expect", b"100-continue") not in headers:
                await discard(receive)
            await error_response(_too_large(limit), scope)(scope, receive, send)
        else:
            await self._count(scope, receive, send, limit)

    async def _count(self, scope: Scope, receive: Receive, send: Send, limit: int) -> None:
        counted = 0
        kept = 0
        counts = self._is_kept(scope["method"], scope["path"])
        complete = False
        refusal: ProblemError | None = None
        began = time.monotonic()

        async def counting_receive() -> Message:
            nonlocal counted, kept, complete, refusal
            if complete:
                # What comes now is the client's going away; a long poll waits for that.
                return await receive()
            # The longer a body is, the more time it has: what has come counts for its time.
            deadline = BODY_S + counted / BODY_BYTES_PER_S - (time.monotonic() - began)
            try:
                async with asyncio.timeout(max(0.0, deadline)):
                    message = await receive()
            except TimeoutError:
                refusal = _too_slow()
                raise _RefusedError from None
            size = len(message.get("body", b""))
            complete = not message.get("more_body", False)
            counted += size
            if counted > limit:
                # The client gets our answer: `guarded_send` swallows the route's.
                refusal = _too_large(limit)
                raise _RefusedError
            # All that is in memory at a time shares the room; the client may try again.
            if counts and size > self._room:
                refusal = _too_many_bytes()
                raise _RefusedError
            if counts:
                self._room -= size
                kept += size
            return message

        async def guarded_send(message: Message) -> None:
            # The route turns what `receive` raised into an answer of its own: ours goes instead.
            if refusal is None:
                await send(message)

        try:
            await self._app(scope, counting_receive, guarded_send)
        except _RefusedError:
            pass
        finally:
            # Whatever happened, the memory is given back.
            self._room += kept
        if refusal is not None:
            # Only who sent too much is read to the end: a slow one would take as long again.
            if refusal.kind is kinds.TOO_LARGE and not complete:
                await discard(receive)
            await error_response(refusal, scope)(scope, receive, send)


def _too_large(limit: int) -> ProblemError:
    return ProblemError(
        kinds.TOO_LARGE,
        f"The body may have at most {limit} bytes.",
        # Some of the body may be unread, so that the connection can't be used again.
        headers={"Connection": "close"},
        extra={"limit_bytes": limit},
    )


def _too_slow() -> ProblemError:
    return ProblemError(
        kinds.TOO_SLOW,
        f"The body did not arrive within {BODY_S:.0f} seconds, nor at {BODY_BYTES_PER_S} bytes "
        "a second.",
        headers={"Connection": "close"},
    )


def _too_many_bytes() -> ProblemError:
    return ProblemError(
        kinds.UNAVAILABLE,
        "Too many bodies are being read at this moment.",
        headers={"Connection": "close", "Retry-After": "2"},
    )


async def discard(receive: Receive) -> None:
    """Read what still comes of a body, within bounds, and keep nothing of it."""
    discarded = 0
    with suppress(TimeoutError):
        async with asyncio.timeout(DISCARD_S):
            while discarded <= DISCARD_BYTES:
                message = await receive()
                discarded += len(message.get("body", b""))
                if not message.get("more_body", False):
                    return


def _announced(scope: Scope) -> int:
    """Content-Length in bytes; 0 where there is none (the server refuses what is no number)."""
    for name, value in scope["headers"]:
        if name == b"content-length" and value.isdigit():
            # Python refuses to read thousands of digits; eighteen are beyond any limit of ours.
            return int(value[:18])
    return 0
