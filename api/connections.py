"""Limit how many connections are open, and how long each may take to send its headers.

uvicorn's own protocol waits for ever for the end of a request's headers, and accepts connections
until no descriptor is left; then nobody is served, and each failed accept writes a traceback to the
log. Here a connection without a request is closed after HEADERS_S. When there are as many
connections as descriptors allow, or half as many from one address, the one that has been idle
longest is closed to make room for the new one. A connection that is answering a request is never
closed.
"""

import asyncio
import json
import resource
from collections import OrderedDict
from typing import Any

from uvicorn.protocols.http.h11_impl import H11Protocol

from api import error_types as kinds
from api.errors import MEDIA_TYPE, ProblemError, problem_document

HEADERS_S = 10.0
"""The time in which headers must be complete, from the connection or the request's first byte."""
RESERVED_DESCRIPTORS = 256
"""Descriptors kept for the database, the broker, files and the process's own connections."""


def _no_http() -> bytes:
    problem = ProblemError(
        kinds.BAD_REQUEST,
        "This is not valid HTTP/1.1: it needs one Host header, an address that is percent-encoded, "
        "and headers that are not too long.",
    )
    # The request's address is not known: an empty reference stands for it.
    body = json.dumps(problem_document(problem, "")).encode()
    lines = (
        "HTTP/1.1 400 Bad Request",
        f"Content-Type: {MEDIA_TYPE}",
        f"Content-Length: {len(body)}",
        "Cache-Control: no-store",
        "Connection: close",
    )
    return "\r\n".join((*lines, "", "")).encode() + body


_NO_HTTP = _no_http()


class ConnectionBook:
    """The open connections of one process, and which of them are idle (have no request).

    At most `most` may be open, and at most half of them from one address.
    """

    def __init__(self, most: int) -> None:
        self.most = most
        self._count: dict[str, int] = {}
        self._total = 0
        # In each of these, the first connection has been idle longest.
        self._idle: dict[str, OrderedDict[BoundedProtocol, None]] = {}
        self._all_idle: OrderedDict[BoundedProtocol, None] = OrderedDict()

    def admit(self, protocol: "BoundedProtocol", address: str) -> bool:
        """Count a new connection; return False if it must be refused since all others are busy."""
        # However many connections one address opens, half of the places stay free for others.
        if self._count.get(address, 0) >= max(1, self.most // 2):
            idle = self._idle.get(address)
            if not idle:
                return False
            # The oldest idle connection makes room.
            next(iter(idle)).drop()
        if self._total >= self.most:
            if not self._all_idle:
                return False
            next(iter(self._all_idle)).drop()
        self._count[address] = self._count.get(address, 0) + 1
        self._total += 1
        self.set_idle(protocol, address)
        return True

    def set_idle(self, protocol: "BoundedProtocol", address: str) -> None:
        """Mark the connection as idle: it may be closed to make room for another."""
        self._idle.setdefault(address, OrderedDict())[protocol] = None
        self._all_idle[protocol] = None

    def set_busy(self, protocol: "BoundedProtocol", address: str) -> None:
        """Mark the connection as answering a request."""
        self._all_idle.pop(protocol, None)
        idle = self._idle.get(address)
        if idle is not None:
            idle.pop(protocol, None)
            if not idle:
                del self._idle[address]

    def leave(self, protocol: "BoundedProtocol", address: str) -> None:
        """Remove a closed connection."""
        self.set_busy(protocol, address)
        self._total -= 1
        self._count[address] -= 1
        if not self._count[address]:
            del self._count[address]


def most_connections() -> int:
    """Return how many connections this process's limit of descriptors allows."""
    soft, _ = resource.getrlimit(resource.RLIMIT_NOFILE)
    # At least 64, so that a very low limit still serves; some systems have no real limit at all.
    return max(64, min(soft, 1 << 20) - RESERVED_DESCRIPTORS)


class BoundedProtocol(H11Protocol):
    """uvicorn's HTTP/1.1 with a deadline for headers and a bound on connections."""

    def __init__(self, *args: Any, book: ConnectionBook, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._book = book
        self._address = ""
        self._admitted = False
        self._deadline: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        # This call sets `self.client`; behind a proxy it is the proxy's address.
        super().connection_made(transport)
        self._address = self.client[0] if self.client else ""
        self._admitted = self._book.admit(self, self._address)
        if self._admitted:
            self._await_headers()
        else:
            transport.abort()

    def data_received(self, data: bytes) -> None:
        if not self._admitted:
            return
        super().data_received(data)
        # uvicorn creates a cycle, which answers the request, when the headers are complete.
        if self._is_answering():
            self._cancel_deadline()
            self._book.set_busy(self, self._address)
        elif self._deadline is None:
            self._await_headers()

    def on_response_complete(self) -> None:
        super().on_response_complete()
        # A pipelined request may have begun in the meantime.
        if self._admitted and not self.transport.is_closing() and not self._is_answering():
            self._book.set_idle(self, self._address)

    def connection_lost(self, exc: Exception | None) -> None:
        self._cancel_deadline()
        # `drop` may have removed the connection already.
        if self._admitted:
            self._admitted = False
            self._book.leave(self, self._address)
        super().connection_lost(exc)

    def send_400_response(self, msg: str) -> None:  # noqa: ARG002  # uvicorn's own text
        """Answer a request that is not valid HTTP with a problem document; uvicorn would send plain
        text.
        """
        # The body may have broken off after the answer had begun; a second answer can't begin then.
        if self.cycle is None or self.cycle.response_complete or not self.cycle.response_started:
            self.transport.write(_NO_HTTP)
        self.transport.close()

    def drop(self) -> None:
        """Close an idle connection at once, and remove it."""
        self._cancel_deadline()
        if self._admitted:
            self._admitted = False
            self._book.leave(self, self._address)
        self.transport.abort()

    def _is_answering(self) -> bool:
        return self.cycle is not None and not self.cycle.response_complete

    def _await_headers(self) -> None:
        self._deadline = self.loop.call_later(HEADERS_S, self.drop)

    def _cancel_deadline(self) -> None:
        if self._deadline is not None:
            self._deadline.cancel()
            self._deadline = None
