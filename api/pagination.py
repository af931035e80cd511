"""Pages by cursor, with the next one in a Link header (RFC 8288)."""

from fastapi import Request


def link_header(request: Request, next_cursor: str | None) -> dict[str, str]:
    """`Link: <...>; rel="next"`, relative to the service; nothing on the last page."""
    if next_cursor is None:
        return {}
    url = request.url.include_query_params(cursor=next_cursor)
    return {"Link": f'<{url.path}?{url.query}>; rel="next"'}
