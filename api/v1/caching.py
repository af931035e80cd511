"""Answers that a client may keep: ETag and 304 (RFC 9110, sections 8.8.3 and 13.1.2)."""

import hashlib
from typing import Any

from fastapi import Request
from pydantic import BaseModel
from starlette.responses import Response

from api import error_types as kinds
from api.errors import ProblemError

NOT_MODIFIED: dict[int | str, dict[str, Any]] = {
    304: {"description": "What `If-None-Match` named is still right"}
}


def conditional(request: Request, answer: BaseModel, headers: dict[str, str]) -> Response:
    """`answer` as JSON with its ETag, or 304 when that is what the client has."""
    return conditional_json(request, answer.model_dump_json().encode(), headers)


def conditional_json(request: Request, body: bytes, headers: dict[str, str]) -> Response:
    """`conditional` of an answer that is JSON already."""
    etag = _etag(body)
    # no-cache: to be asked for each time, by its ETag.
    headers = {**headers, "ETag": etag, "Cache-Control": "no-cache"}
    if _matches(request.headers.getlist("if-none-match"), etag):
        # A 304 repeats the headers that the whole answer would have.
        return Response(status_code=304, headers=headers)
    return Response(body, headers=headers, media_type="application/json")


def _matches(wanted: list[str], etag: str) -> bool:
    """Weak comparison: a proxy that compresses marks the tag `W/`."""
    tags = {tag.strip().removeprefix("W/") for line in wanted for tag in line.split(",")}
    return etag in tags or "*" in tags


def etag_of(answer: BaseModel) -> str:
    """The ETag that `conditional` gives this answer."""
    return _etag(answer.model_dump_json().encode())


def check_match(request: Request, answer: BaseModel) -> None:
    """Refuse an edit whose `If-Match` names something else than `answer`, which stands now."""
    check_version(request, etag_of(answer))


def check_version(request: Request, etag: str | None) -> None:
    """Refuse a change whose `If-Match` or `If-None-Match` doesn't allow it (RFC 9110, section
    13.1). `etag` is that of what stands now, None where nothing does."""
    wanted = request.headers.getlist("if-match")
    unwanted = request.headers.getlist("if-none-match")
    # Without either the client has decided that it doesn't matter.
    matches = not wanted or (etag is not None and _matches(wanted, etag))
    if not matches or (etag is not None and _matches(unwanted, etag)):
        raise ProblemError(kinds.CHANGED, kinds.CHANGED.advice)


def _etag(body: bytes) -> str:
    return f'"{hashlib.sha256(body).hexdigest()[:32]}"'
