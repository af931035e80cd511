"""How wide the statement is beside the editor, as the reader left it.

A script keeps it in a cookie. With the page comes a stylesheet of one rule: the pages' policy
allows no style in the page itself, and one that a script sets comes after the first paint.
"""

from typing import Annotated

from fastapi import APIRouter, Path, Request
from starlette.responses import Response

router = APIRouter(include_in_schema=False)

_COOKIE = "shousi_split"
_LEAST, _MOST = 20, 72
"""Percent of the window, as in app.css."""


def split_of(request: Request) -> int | None:
    """The width in percent; None where the reader has chosen none."""
    kept = request.cookies.get(_COOKIE, "")
    # As the script writes it; of anything else nothing is taken.
    percent = int(kept) if kept.isascii() and kept.isdigit() and len(kept) == 2 else 0
    return percent if _LEAST <= percent <= _MOST else None


@router.get("/split/{percent}.css")
def get_split(percent: Annotated[int, Path(ge=_LEAST, le=_MOST)]) -> Response:
    """The stylesheet of one width, to be kept for good."""
    headers = {
        "Cache-Control": "public, max-age=31536000, immutable",
        "X-Content-Type-Options": "nosniff",
        "Content-Security-Policy": "default-src 'none'",
    }
    return Response(f".left {{ width: {percent}% }}\n", headers=headers, media_type="text/css")
