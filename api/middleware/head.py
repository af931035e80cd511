"""Answer HEAD as GET, without the body (RFC 9110, section 9.3.2), for monitors and link checkers.

The framework's routes for GET refuse HEAD. An event stream ends after its headers.
"""

from starlette.types import ASGIApp, Message, Receive, Scope, Send


class HeadAsGet:
    """ASGI middleware that calls the app with GET for HEAD, and sends only the answer's start."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or scope["method"] != "HEAD":
            await self._app(scope, receive, send)
            return
        ended = False

        async def send_start(message: Message) -> None:
            nonlocal ended
            if message["type"] == "http.response.start":
                # Content-Length stays: it is that of GET's answer.
                await send(message)
            elif not ended:
                ended = True
                # The server takes this for the end, and tells a stream that its client has gone.
                await send({"type": "http.response.body", "body": b""})

        # A copy: the server reads the method in the original, and knows that no body follows.
        await self._app({**scope, "method": "GET"}, receive, send_start)
