"""Parameters that several pages share: names in paths, and cursors of long lists."""

from collections.abc import Sequence
from typing import Annotated, Any, TypeVar

from fastapi import Depends, Path, Query, Request

from api.services import Services
from judge.errors import NotFoundError
from judge.submissions.views import clean

T = TypeVar("T")
NextPage = Annotated[str | None, Query(max_length=500)]
PageNumber = Annotated[int, Query(alias="page", ge=1, le=100_000)]
"""The number of a page, for lists that are small enough to be read whole."""
LINES_A_PAGE = 50


def without_nul(name: str) -> str:
    """Return `name`; raise NotFoundError if it contains a NUL or a lone surrogate (from a form in
    another character set). PostgreSQL refuses both, and no name of ours contains them.
    """
    if clean(name) != name:
        raise NotFoundError("There is nothing of that name.")
    return name


def _slug(slug: Annotated[str, Path()]) -> str:
    return without_nul(slug)


def _id(id: Annotated[str, Path()]) -> str:
    return without_nul(id)


def _name(name: Annotated[str, Path()]) -> str:
    return without_nul(name)


Slug = Annotated[str, Depends(_slug)]
Id = Annotated[str, Depends(_id)]
UserName = Annotated[str, Depends(_name)]


def page_of(items: Sequence[T], number: int) -> tuple[Sequence[T], bool]:
    """Return (the items of page `number`, counted from 1; whether another page follows)."""
    end = number * LINES_A_PAGE
    return items[end - LINES_A_PAGE : end], len(items) > end


def opened(request: Request, ctx: Services, cursor: str | None) -> Any:
    """Return the place after which the page begins; None for the first. Raises ProblemError."""
    return None if cursor is None else ctx.cursors.open(request.url.path, cursor)


def sealed(request: Request, ctx: Services, place: Any) -> str | None:
    """Return the cursor of the next page; None on the last page."""
    return None if place is None else ctx.cursors.seal(request.url.path, place)
