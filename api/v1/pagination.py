"""Pages by cursor, with the next one in a Link header (RFC 8288)."""

from typing import Any

from fastapi import Request

from api.services import Services
from api.v1.params import list_of


def next_cursor(request: Request, ctx: Services, place: Any) -> str | None:
    """Return the cursor of the next page, which begins after `place` (JSON); None for None."""
    return None if place is None else ctx.cursors.seal(list_of(request), place)


def link_header(request: Request, next_cursor: str | None) -> dict[str, str]:
    """Return `Link: <...>; rel="next"`, relative to the service; empty on the last page."""
    if next_cursor is None:
        return {}
    # All other parameters stay, so that the next page belongs to the same list.
    url = request.url.include_query_params(cursor=next_cursor)
    return {"Link": f'<{url.path}?{url.query}>; rel="next"'}
