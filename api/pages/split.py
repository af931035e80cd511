"""The width of the statement beside the editor, as the reader last set it.

A script stores it in a cookie. The page loads a stylesheet with one rule: the content security
policy allows no style in the page itself, and a script would set it only after the first paint.
"""

from typing import Annotated

from fastapi import APIRouter, Path, Request
from starlette.responses import Response

router = APIRouter(include_in_schema=False)

_COOKIE = "shousi_split"
_LEAST, _MOST = 20, 72
"""The bounds of the width, in percent of the window, as in app.css."""


def split_of(request: Request) -> int | None:
    """Return the width in percent; None if the reader has not set one."""
    kept = request.cookies.get(_COOKIE, "")
    # The script writes two digits; any other value is ignored.
    percent = int(kept) if kept.isascii() and kept.isdigit() and len(kept) == 2 else 0
    return percent if _LEAST <= percent <= _MOST else None


@router.get("/split/{percent}.css")
def get_split(percent: Annotated[int, Path(ge=_LEAST, le=_MOST)]) -> Response:
    """Return the stylesheet of one width; a browser may cache it for a year."""
    headers = {
        "Cache-Control": "public, max-age=31536000, immutable",
        "X-Content-Type-Options": "nosniff",
        "Content-Security-Policy": "default-src 'none'",
    }
    return Response(f".left {{ width: {percent}% }}\n", headers=headers, media_type="text/css")
