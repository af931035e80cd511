"""Limit request bodies in size and in time, before anything stores them.

Plain ASGI, outside the routes: no code reads a body that this middleware has not counted. It
checks the size that Content-Length announces, and counts the bytes of a body of unstated length.
A body must arrive within BODY_S; a long one has more time, but must come at BODY_BYTES_PER_S. All
bodies in memory at the same time share `in_flight_bytes`, of which one address gets half. The
framework has a limit of its own, but its answer is plain text.

A client that is still sending when the connection closes sees a broken connection and no answer.
So the rest of a body is first read and thrown away, unless it is far too long.
"""

import asyncio
import time
from collections import Counter
from collections.abc import Callable
from contextlib import suppress

from starlette.requests import Request
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from api import error_types as kinds
from api.errors import ProblemError, error_response
from api.rate_limits import address_of

BODY_S = 10.0
# In bytes a second: the speed of a slow connection (64 kbit/s).
BODY_BYTES_PER_S = 8192
# The most that is read and thrown away, so that the client sees the answer.
DISCARD_BYTES = 256 << 20
DISCARD_S = 10.0
IN_FLIGHT_BYTES = 64 << 20


class _RefusedError(Exception):
    """Raised inside `receive` to leave the route that is reading."""


class _Room:
    """The bytes that all bodies in memory may have together."""

    def __init__(self, most_bytes: int) -> None:
        self._most = most_bytes
        self._kept = 0
        self._kept_of: Counter[str] = Counter()

    def take(self, address: str, size: int, *, own: int) -> bool:
        """Take `size` more bytes for a body that has taken `own`; return False if there is no room.

        All bodies of one address get half of the room: else one stranger who sends slowly would
        keep everybody else's out. A body that is the only one of its address may have all of it.
        """
        others = self._kept_of[address] - own
        if self._kept + size > self._most or (others and others + own + size > self._most // 2):
            return False
        self._kept += size
        self._kept_of[address] += size
        return True

    def give_back(self, address: str, size: int) -> None:
        """Give back what a body has taken."""
        self._kept -= size
        self._kept_of[address] -= size
        # Entries of addresses that are no longer used must not fill the memory.
        if not self._kept_of[address]:
            del self._kept_of[address]


class BodyLimit:
    """ASGI middleware that answers 413, 408 or 503 to bodies that are too long, slow or many.

    `limit_of` returns the limit in bytes for a method and a path. `is_kept` says whether the route
    keeps the body in memory; if not, its bytes don't count as in flight.
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
        self._room = _Room(in_flight_bytes)
        self._is_kept = is_kept

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        limit = self._limit_of(scope["method"], scope["path"])
        names = [name for name, _ in scope["headers"]]
        # Two headers state where the body ends: a proxy may use the other one (RFC 9112, 6.1).
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
            # A client that waits for "100 Continue" has sent nothing yet (RFC 9110, 10.1.1).
            if announced <= DISCARD_BYTES and (b"expect", b"100-continue") not in headers:
                await discard(receive)
            await error_response(_too_large(limit), scope)(scope, receive, send)
        else:
            await self._count(scope, receive, send, limit)

    async def _count(self, scope: Scope, receive: Receive, send: Send, limit: int) -> None:
        counted = 0
        kept = 0
        counts = self._is_kept(scope["method"], scope["path"])
        address = address_of(Request(scope))
        complete = False
        refusal: ProblemError | None = None
        began = time.monotonic()

        async def counting_receive() -> Message:
            nonlocal counted, kept, complete, refusal
            if complete:
                # The next message says that the client has gone; a long poll waits for it.
                return await receive()
            # The bytes that have arrived move the deadline, so that a long body has more time.
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
                # The client gets our answer: `guarded_send` drops the route's.
                refusal = _too_large(limit)
                raise _RefusedError
            if counts and size:
                if not self._room.take(address, size, own=kept):
                    # The client may try again.
                    refusal = _too_many_bytes()
                    raise _RefusedError
                kept += size
            return message

        async def guarded_send(message: Message) -> None:
            # The route turns `receive`'s exception into an answer of its own: ours replaces it.
            if refusal is None:
                await send(message)

        try:
            await self._app(scope, counting_receive, guarded_send)
        except _RefusedError:
            pass
        finally:
            # In every case the body is no longer in memory.
            self._room.give_back(address, kept)
        if refusal is not None:
            # Only a body that is too large is read to its end: a slow one would take as long again.
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
    """Read the rest of a body, within bounds, and throw it away."""
    discarded = 0
    with suppress(TimeoutError):
        async with asyncio.timeout(DISCARD_S):
            while discarded <= DISCARD_BYTES:
                message = await receive()
                discarded += len(message.get("body", b""))
                if not message.get("more_body", False):
                    return


def _announced(scope: Scope) -> int:
    """Content-Length in bytes; 0 if there is none (the server refuses one that is no number)."""
    for name, value in scope["headers"]:
        if name == b"content-length" and value.isdigit():
            # Python refuses to read thousands of digits; eighteen are beyond any limit of ours.
            return int(value[:18])
    return 0
