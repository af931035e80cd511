"""Conditional requests: ETag, 304 and 412 (RFC 9110, sections 8.8.3 and 13.1)."""

import hashlib
from typing import Any

from fastapi import Request
from pydantic import BaseModel
from starlette.responses import Response

from api import error_types as kinds
from api.errors import ProblemError

NOT_MODIFIED: dict[int | str, dict[str, Any]] = {
    304: {"description": "The version that `If-None-Match` names is still the current one"}
}


def conditional(request: Request, answer: BaseModel, headers: dict[str, str]) -> Response:
    """Answer with `answer` as JSON and its ETag, or with 304 if the client has this version."""
    return conditional_json(request, answer.model_dump_json().encode(), headers)


def conditional_json(request: Request, body: bytes, headers: dict[str, str]) -> Response:
    """As `conditional`, for an answer that is JSON already."""
    etag = _etag(body)
    # no-cache: a cache may store it, but must ask each time by its ETag.
    headers = {**headers, "ETag": etag, "Cache-Control": "no-cache"}
    if _matches(request.headers.getlist("if-none-match"), etag):
        # A 304 repeats the headers that the whole answer would have.
        return Response(status_code=304, headers=headers)
    return Response(body, headers=headers, media_type="application/json")


def _matches(wanted: list[str], etag: str) -> bool:
    """Compare tags weakly: a proxy that compresses an answer marks its tag with `W/`."""
    tags = {tag.strip().removeprefix("W/") for line in wanted for tag in line.split(",")}
    return etag in tags or "*" in tags


def etag_of(answer: BaseModel) -> str:
    """Return the ETag that `conditional` gives this answer."""
    return _etag(answer.model_dump_json().encode())


def check_match(request: Request, answer: BaseModel) -> None:
    """Refuse a change (412) if its `If-Match` names another version than the current `answer`."""
    check_version(request, etag_of(answer))


def check_version(request: Request, etag: str | None) -> None:
    """Refuse a change (412) that `If-Match` or `If-None-Match` doesn't allow (RFC 9110, section
    13.1). `etag` is the current version's, None if there is none."""
    wanted = request.headers.getlist("if-match")
    unwanted = request.headers.getlist("if-none-match")
    # Without these headers, every change is allowed.
    matches = not wanted or (etag is not None and _matches(wanted, etag))
    if not matches or (etag is not None and _matches(unwanted, etag)):
        raise ProblemError(kinds.CHANGED, kinds.CHANGED.advice)


def _etag(body: bytes) -> str:
    return f'"{hashlib.sha256(body).hexdigest()[:32]}"'
