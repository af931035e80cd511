"""Tests the limit on bodies by calling the middleware as a server does."""

import asyncio
import json
from typing import Any

import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import PlainTextResponse
from starlette.routing import Route
from starlette.types import Message

from api.main import body_limit, in_flight_bytes
from api.middleware.body_limit import IN_FLIGHT_BYTES, BodyLimit
from api.v1 import batches
from judge.settings import Settings

LIMIT = 10


async def _echo(request: Request) -> PlainTextResponse:
    return PlainTextResponse(await request.body())


def _ask(
    chunks: list[bytes],
    headers: list[tuple[bytes, bytes]],
    limit: int = LIMIT,
    room: int = IN_FLIGHT_BYTES,
) -> tuple[int, bytes, int]:
    """(status, body, chunks that were read) of the answer."""
    routes = [Route("/", _echo, methods=["POST"])]
    inner = Starlette(routes=routes)
    app = BodyLimit(inner, lambda _method, _path: limit, in_flight_bytes=room)
    left = list(chunks)
    sent: list[Message] = []

    async def receive() -> Message:
        chunk = left.pop(0)
        return {"type": "http.request", "body": chunk, "more_body": bool(left)}

    async def send(message: Message) -> None:
        sent.append(message)

    scope: dict[str, Any] = {
        "type": "http",
        "method": "POST",
        "path": "/",
        "query_string": b"",
        "headers": headers,
    }
    asyncio.run(app(scope, receive, send))
    body = b"".join(message.get("body", b"") for message in sent)
    return sent[0]["status"], body, len(chunks) - len(left)


def _length(value: bytes) -> list[tuple[bytes, bytes]]:
    return [(b"content-length", value)]


@pytest.mark.parametrize("chunks", [[b""], [b"x" * LIMIT], [b"x" * 5, b"", b"y" * 5]])
def test_a_body_within_the_limit_passes(chunks: list[bytes]) -> None:
    whole = b"".join(chunks)
    assert _ask(chunks, []) == (200, whole, len(chunks))
    assert _ask(chunks, _length(str(len(whole)).encode())) == (200, whole, len(chunks))


@pytest.mark.parametrize(
    "settings",
    [
        Settings(api_processes=64),
        Settings(source_limit_bytes=8 << 20),
        Settings(batch_limit_bytes=16 << 20, api_processes=4),
    ],
)
@pytest.mark.parametrize("path", [batches.PATH, "/api/v1/problems/sum/submissions"])
def test_the_room_of_a_process_holds_the_longest_body(settings: Settings, path: str) -> None:
    limit = body_limit(settings, "POST", path)
    assert _ask([bytes(limit)], [], limit, in_flight_bytes(settings))[0] == 200


def test_what_announces_too_much_is_thrown_away_and_refused() -> None:
    status, body, read = _ask([b"x" * 6, b"x" * 5], _length(b"11"))
    assert (status, read) == (413, 2)
    assert json.loads(body)["limit_bytes"] == LIMIT


@pytest.mark.parametrize(
    "headers",
    [_length(b"9" * 5000), [*_length(b"11"), (b"expect", b"100-Continue")]],
)
def test_what_is_far_too_much_or_not_sent_yet_is_not_read(
    headers: list[tuple[bytes, bytes]],
) -> None:
    status, _, read = _ask([b"x" * 11], headers)
    assert (status, read) == (413, 0)


@pytest.mark.parametrize("length", [[], _length(b"5"), _length(b"-1")])
def test_what_turns_out_too_much_never_reaches_the_route(
    length: list[tuple[bytes, bytes]],
) -> None:
    status, body, read = _ask([b"x" * 6] * 100, length)
    assert (status, read) == (413, 100)
    assert json.loads(body)["status"] == 413


def test_an_endless_body_is_thrown_away_up_to_a_bound(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("api.middleware.body_limit.DISCARD_BYTES", 60)
    status, _, read = _ask([b"x" * 6] * 100, [])
    assert (status, read) == (413, 13)


def test_one_address_keeps_nobody_elses_bodies_out() -> None:
    arrived, finish = asyncio.Event(), asyncio.Event()

    async def read(request: Request) -> PlainTextResponse:
        return PlainTextResponse(str(len(await request.body())))

    app = BodyLimit(
        Starlette(routes=[Route("/", read, methods=["POST"])]),
        lambda _method, _path: 100,
        in_flight_bytes=100,
    )

    async def status_of(address: str, size: int, *, slowly: bool = False) -> int:
        parts = [b"x" * size, b""]
        statuses: list[int] = []

        async def receive() -> Message:
            if slowly and len(parts) == 1:
                arrived.set()
                await finish.wait()
            part = parts.pop(0)
            return {"type": "http.request", "body": part, "more_body": bool(parts)}

        async def send(message: Message) -> None:
            statuses.extend([message["status"]] if "status" in message else [])

        scope: dict[str, Any] = {"type": "http", "method": "POST", "path": "/", "headers": []}
        scope |= {"query_string": b"", "client": (address, 1)}
        await app(scope, receive, send)
        return statuses[0]

    async def all_at_once() -> None:
        slow = asyncio.create_task(status_of("2001:db8::1", 40, slowly=True))
        await arrived.wait()
        # The same network: together they would have more than half.
        assert await status_of("2001:db8::2", 20) == 503
        assert await status_of("2001:db8::2", 10) == 200
        assert await status_of("2001:db8:0:1::1", 60) == 200
        assert await status_of("2001:db8:0:1::1", 61) == 503
        finish.set()
        assert await slow == 200
        # A finished body's room is free again.
        assert await status_of("2001:db8::2", 100) == 200

    asyncio.run(all_at_once())


def test_what_is_no_request_passes() -> None:
    seen: list[str] = []

    async def app(scope: Any, receive: Any, send: Any) -> None:
        seen.append(scope["type"])

    async def nothing() -> Message:
        return {}

    async def nowhere(message: Message) -> None:
        return None

    asyncio.run(
        BodyLimit(app, lambda _method, _path: LIMIT)({"type": "lifespan"}, nothing, nowhere)
    )
    assert seen == ["lifespan"]
