"""Drop cookies with quoted values before anything reads a request's cookies.

The framework reads the cookies of every request, with a function of the standard library that needs
time in the square of a quoted value's length in Python before 3.11.10 and 3.12.6 (CVE-2024-7592).
One header of 60 KB stopped the process for more than half a minute. No cookie of ours is quoted,
but others of the same host may be, so that the request itself is not refused.
"""

from starlette.types import ASGIApp, Receive, Scope, Send


class PlainCookies:
    """ASGI middleware that leaves only cookies without a quotation mark."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http" and any(
            name == b"cookie" and b'"' in value for name, value in scope["headers"]
        ):
            # In the same scope, because outer middleware reads there which route has answered.
            scope["headers"] = [
                (name, _plain(value) if name == b"cookie" else value)
                for name, value in scope["headers"]
            ]
        await self._app(scope, receive, send)


def _plain(header: bytes) -> bytes:
    return b";".join(part for part in header.split(b";") if b'"' not in part)
