"""What routes ask for: the process's services, who is asking, and checked parameters."""

from dataclasses import dataclass
from typing import Annotated, Any, cast

from fastapi import Depends, Header, Path, Query, Request

from api import error_types as kinds
from api.batched_calls import Desk
from api.cursors import Cursors
from api.errors import ProblemError, field_problem
from api.middleware.request_metrics import HttpMetrics
from api.rate_limits import RateLimits
from api.subscriptions import Live
from judge.db.session import Database
from judge.settings import Settings

PREFIX = "/api/v1"
LONGEST_WAIT_S = 30.0
MAX_KEY_LENGTH = 255


@dataclass(frozen=True, slots=True)
class Services:
    """What one process has one of."""

    settings: Settings
    db: Database
    desk: Desk
    live: Live
    metrics: HttpMetrics
    cursors: Cursors
    limits: RateLimits


async def services(request: Request) -> Services:
    """The services of the app that this request came to; async, to save a thread."""
    return cast(Services, request.app.state.services)


def no_nul(text: str) -> str:
    """PostgreSQL takes no NUL in text, and no id, slug or cursor of ours has one."""
    if "\0" in text:
        raise ProblemError(kinds.NOT_FOUND, "There is nothing of that name.")
    return text


async def idempotency_key(
    idempotency_key: Annotated[
        str | None,
        Header(
            description="A word of the client's own that makes a repeated request safe: the same "
            "key with the same body gets the same answer, and nothing is judged twice.",
            examples=["5f1c7a2e-try"],
        ),
    ] = None,
) -> str | None:
    """The Idempotency-Key header, checked: 1 to 255 printable ASCII characters."""
    return None if idempotency_key is None else checked_key(idempotency_key)


def checked_key(key: str) -> str:
    """The key, or a 422."""
    if 0 < len(key) <= MAX_KEY_LENGTH and key.isascii() and key.isprintable():
        return key
    message = f"An idempotency key is 1 to {MAX_KEY_LENGTH} printable ASCII characters."
    raise field_problem(kinds.INVALID, "Idempotency-Key", message)


async def slug(
    slug: Annotated[str, Path(description="The problem's name in addresses")],
) -> str:
    return no_nul(slug)


async def submission_id(
    id: Annotated[str, Path(description="A submission's or a run's id")],
) -> str:
    return no_nul(id)


def list_of(request: Request) -> str:
    """What a cursor belongs to: the path of the route, with this request's own names in it."""
    return request.url.path


async def cursor(
    request: Request,
    services: Annotated[Services, Depends(services)],
    cursor: Annotated[
        str | None, Query(description="`next` of the page before", max_length=500)
    ] = None,
) -> Any:
    """The place after which the page begins, None for the first page."""
    return None if cursor is None else services.cursors.open(list_of(request), cursor)


async def limit(
    limit: Annotated[int, Query(ge=1, le=100, description="Items a page, at most")] = 50,
) -> int:
    return limit


def problem_answers(*statuses: int) -> dict[int | str, dict[str, Any]]:
    """OpenAPI: the error answers that a route declares, beside those that any route may give."""
    texts = {
        401: "No token, or one that does not work",
        403: "The token or its user may not do that",
        404: "No such thing, or not yours to see",
        409: "It contradicts what is stored",
        410: "Its time is over",
        412: "It has changed since it was read",
        413: "The body is too large",
        415: "The body is not declared as JSON",
        422: "Some fields are wrong",
        429: "Too much at a time; try again after Retry-After",
        503: "Not available now; try again after Retry-After",
    }
    schema = {"$ref": "#/components/schemas/Problem"}
    content = {"application/problem+json": {"schema": schema}}
    return {status: {"description": texts[status], "content": content} for status in statuses}
