"""Answers that a client may keep: ETag and 304 (RFC 9110, sections 8.8.3 and 13.1.2)."""

import hashlib

from fastapi import Request
from pydantic import BaseModel
from starlette.responses import Response

from api import error_types as kinds
from api.errors import ProblemError


def conditional(request: Request, answer: BaseModel, headers: dict[str, str]) -> Response:
    """`answer` as JSON with its ETag, or 304 when that is what the client has."""
    body = answer.model_dump_json().encode()
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
    wanted = request.headers.getlist("if-match")
    # Without `If-Match` the client has decided that it doesn't matter.
    if wanted and not _matches(wanted, etag_of(answer)):
        raise ProblemError(kinds.CHANGED, kinds.CHANGED.advice)


def _etag(body: bytes) -> str:
    return f'"{hashlib.sha256(body).hexdigest()[:32]}"'
