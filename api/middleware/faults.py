"""Answer an uncaught exception with a 500 that shows no internals; the log has the traceback."""

import structlog
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from api import error_types as kinds
from api.errors import ProblemError, error_response

log = structlog.get_logger(__name__)


class CatchFaults:
    """ASGI middleware that logs an uncaught exception and answers with a 500.

    The framework would also answer, but then pass the exception to the server, which closes the
    connection that the client's next request uses.
    """

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        started = False

        async def noting_send(message: Message) -> None:
            # The status line is on its way from here on: no other answer is possible.
            nonlocal started
            started = True
            await send(message)

        try:
            await self._app(scope, receive, noting_send)
        except Exception:
            if started:
                raise  # half an answer: only a cut connection tells the client
            log.exception("request failed", method=scope["method"], path=scope["path"])
            fault = ProblemError(kinds.INTERNAL, kinds.INTERNAL.advice)
            await error_response(fault, scope)(scope, receive, send)
