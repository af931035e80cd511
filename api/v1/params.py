"""Parameters and headers that several routes share, and the error answers that routes declare."""

from typing import Annotated, Any

from fastapi import Header, Path, Query, Request
from pydantic import AfterValidator

from api import error_types as kinds
from api.errors import ProblemError
from api.middleware.idempotency import checked_key
from api.services import Ctx

LONGEST_WAIT_S = 30.0


def no_nul(text: str) -> str:
    """Return `text`; raise ProblemError (404) if it contains a NUL, which PostgreSQL refuses in
    text. No id, slug or cursor of ours contains one."""
    if "\0" in text:
        raise ProblemError(kinds.NOT_FOUND, "There is nothing with that name.")
    return text


# Validators and not FastAPI dependencies: each dependency costs the event loop as much time as
# reading a parameter.
Slug = Annotated[str, Path(description="The problem's name in addresses"), AfterValidator(no_nul)]
SubmissionId = Annotated[
    str, Path(description="A submission's or a run's id"), AfterValidator(no_nul)
]
IdempotencyKey = Annotated[
    Annotated[str, AfterValidator(checked_key)] | None,
    Header(
        alias="idempotency-key",
        description="Any text that the client chooses. It makes a repeated request safe: the same "
        "key with the same body gets the same answer, and nothing is judged twice.",
        examples=["5f1c7a2e-try"],
    ),
]
"""1 to 255 printable ASCII characters."""


def list_of(request: Request) -> str:
    """Return the list to which a cursor belongs: the request's path."""
    return request.url.path


async def cursor(
    request: Request,
    ctx: Ctx,
    cursor: Annotated[
        str | None, Query(description="`next` of the previous page", max_length=500)
    ] = None,
) -> Any:
    """Return the place after which the page begins; None for the first page."""
    return None if cursor is None else ctx.cursors.open(list_of(request), cursor)


async def limit(
    limit: Annotated[int, Query(ge=1, le=100, description="The most items on a page")] = 50,
) -> int:
    return limit


def problem_answers(*statuses: int) -> dict[int | str, dict[str, Any]]:
    """Return the OpenAPI entries of the error answers that a route declares."""
    texts = {
        401: "No token, or one that does not work",
        403: "The token or its user may not do that",
        404: "No such thing, or not yours to see",
        409: "Conflict with what is stored",
        410: "Expired or already used",
        412: "It has changed since it was read",
        413: "The body is too large",
        415: "The body is not declared as JSON",
        422: "Some fields are wrong",
        429: "Too many requests; try again after Retry-After",
        503: "Not available now; try again after Retry-After",
    }
    schema = {"$ref": "#/components/schemas/Problem"}
    content = {"application/problem+json": {"schema": schema}}
    return {status: {"description": texts[status], "content": content} for status in statuses}
