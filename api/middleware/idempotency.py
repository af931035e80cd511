"""`Idempotency-Key` on every POST below the API's prefix: the same key and body get the same
answer, and nothing is done twice.

Plain ASGI, inside `TokenFirst`, which has found the sender. Submissions, runs and batches are left
out: their own rows store the key. A key belongs to one path and to its sender: the token or
session, or the address for the few requests that need neither.
"""

import hashlib
from collections.abc import Callable

from starlette.concurrency import run_in_threadpool
from starlette.datastructures import Headers
from starlette.requests import Request
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from api import error_types as kinds
from api.errors import ProblemError, error_response, field_problem, problem_of
from api.rate_limits import address_of
from api.services import PREFIX, Services
from judge import idempotency
from judge.accounts.users import Principal
from judge.errors import ShousiError
from judge.idempotency import KeptAnswer, OtherBodyError

MAX_KEY_LENGTH = 255
_OWN_KEYS = ("/submissions", "/runs", "/runs:batch")
_LONGEST_KEPT_BYTES = 65536


def checked_key(key: str) -> str:
    """Return `key` if it is a valid one. Raises ProblemError (422)."""
    if 0 < len(key) <= MAX_KEY_LENGTH and key.isascii() and key.isprintable():
        return key
    message = f"An idempotency key is 1 to {MAX_KEY_LENGTH} printable ASCII characters."
    raise field_problem(kinds.INVALID, "Idempotency-Key", message)


class Idempotency:
    """ASGI middleware that gives a repeated POST the answer of the first one."""

    def __init__(self, app: ASGIApp, services: Callable[[], Services]) -> None:
        self._app = app
        self._services = services

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        # Only below the API's prefix: pages send no such header, and a stranger must not be able to
        # cause database writes with it at any other address.
        if (
            scope["type"] != "http"
            or scope["method"] != "POST"
            or not scope["path"].startswith(f"{PREFIX}/")
        ):
            await self._app(scope, receive, send)
            return
        request = Request(scope, receive)
        key = request.headers.get("idempotency-key")
        # An upload is too long to be kept in memory. It needs no key: the same package again makes
        # no second version.
        if (
            key is None
            or scope["path"].endswith(_OWN_KEYS)
            or request.headers.get("content-type", "").startswith("multipart/")
        ):
            await self._app(scope, receive, send)
            return
        try:
            await self._answer_once(request, checked_key(key), send)
        except (ProblemError, ShousiError) as error:
            problem = error if isinstance(error, ProblemError) else problem_of(error)
            await error_response(problem, scope)(scope, receive, send)

    async def _answer_once(self, request: Request, key: str, send: Send) -> None:
        body = await request.body()
        db = self._services().db
        # No header says for sure who the sender is: a proxy may use `Authorization` for its own
        # password, which all its users share.
        sender: Principal | None = getattr(request.state, "principal", None)
        key_hash = _hash(
            # The same text from another sender is another key.
            address_of(request) if sender is None else sender.token_id,
            request.url.path,
            request.url.query,
            key,
        )
        try:
            kept = await run_in_threadpool(idempotency.begin, db, key_hash, _hash(body.hex()))
        except OtherBodyError:
            raise field_problem(
                kinds.IDEMPOTENCY_KEY_REUSED, "Idempotency-Key", kinds.IDEMPOTENCY_KEY_REUSED.advice
            ) from None
        if kept is not None:
            if kept.body is None:
                raise ProblemError(
                    kinds.CONFLICT,
                    "A request with this key was answered before. Its secret is shown only once.",
                )
            location = {"Location": kept.location} if kept.location else {}
            again = Response(kept.body, kept.status, location, media_type="application/json")
            await again(request.scope, _whole(body), send)
            return
        noting = _Noting()
        try:
            await self._app(request.scope, _whole(body), noting.send)
        finally:
            # Also after an exception. Then nothing is kept, and the key is free for another try.
            await run_in_threadpool(idempotency.end, db, key_hash, noting.kept())
        # Sent only now: a client that has the answer may repeat the request at once.
        for message in noting.messages:
            await send(message)


def _hash(*parts: str) -> str:
    return hashlib.sha256("\0".join(parts).encode("utf-8", "surrogateescape")).hexdigest()


def _whole(body: bytes) -> Receive:
    async def receive() -> Message:
        # The body has been read: the routes get it once more.
        return {"type": "http.request", "body": body, "more_body": False}

    return receive


class _Noting:
    """Takes an answer's messages, to send them later, and keeps a copy of the answer."""

    def __init__(self) -> None:
        self.messages: list[Message] = []
        self._status = 0
        self._headers = Headers()
        self._body = b""

    async def send(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            self._status = message["status"]
            self._headers = Headers(raw=message["headers"])
        # A long answer is sent whole, but no copy is kept.
        elif len(self._body) <= _LONGEST_KEPT_BYTES:
            self._body += message.get("body", b"")
        self.messages.append(message)

    def kept(self) -> KeptAnswer | None:
        """Return the copy to store, without the body if it held a secret or is too long; None if
        the request failed."""
        if not 200 <= self._status < 300:
            return None
        # "no-store" is how routes mark an answer that shows a secret once.
        secret = "no-store" in self._headers.get("cache-control", "")
        body = None if secret or len(self._body) > _LONGEST_KEPT_BYTES else self._body
        return KeptAnswer(self._status, self._headers.get("location"), body)
