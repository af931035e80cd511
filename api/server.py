"""Run the API under uvicorn, and stop it even while clients wait in long polls and streams."""

import gc
import socket
from functools import partial
from typing import cast

import uvicorn
from fastapi import FastAPI

from api.connections import BoundedProtocol, ConnectionBook, most_connections
from api.main import create_app
from api.services import Services
from judge.descriptors import raise_descriptor_limit
from judge.listening import inherited
from judge.logs import set_up_logs
from judge.private_home import keep_private
from judge.readiness import tell_ready
from judge.settings import Settings
from judge.startup import warn_of_unknown_variables

GRACE_S = 5
"""How many seconds requests may take to finish after the signal to stop."""


class Server(uvicorn.Server):
    """uvicorn's server, which at a stop first ends the requests that only wait."""

    def __init__(self, config: uvicorn.Config, app: FastAPI) -> None:
        super().__init__(config)
        self._app = app

    @property
    def services(self) -> Services:
        """The running app's services."""
        return cast(Services, self._app.state.services)

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Listen, then tell the launcher that the process is ready."""
        await super().startup(sockets)
        if self.started:
            tell_ready()

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """Stop listening, end the requests that only wait, and let the others finish."""
        # Without this, long polls and streams would last for the whole grace period.
        self.services.subscriptions.close()
        await super().shutdown(sockets)


def make_server(settings: Settings) -> Server:
    """Make a server for `settings.host` and `settings.port`; `run()` blocks until SIGINT or
    SIGTERM."""
    app = create_app(settings)
    book = ConnectionBook(most_connections())
    config = uvicorn.Config(
        app,
        http=cast(type[BoundedProtocol], partial(BoundedProtocol, book=book)),
        # No WebSockets: a request for an upgrade is answered like any other.
        ws="none",
        proxy_headers=bool(settings.trusted_proxies),
        forwarded_allow_ips=settings.trusted_proxies or None,
        host=settings.host,
        port=settings.port,
        # uvicorn's log lines go to our log; see judge.logs.
        log_config=None,
        access_log=False,
        server_header=False,
        timeout_graceful_shutdown=GRACE_S,
    )
    return Server(config, app)


def serve(settings: Settings) -> None:
    """Run the API as this process, with its logs set up, until SIGINT or SIGTERM.

    It accepts connections on the launcher's sockets if there are any, else on its own.
    """
    set_up_logs(settings.log_level)
    warn_of_unknown_variables()
    keep_private(settings.home)
    raise_descriptor_limit()
    server = make_server(settings)
    # The objects loaded by now stay for ever. Without `freeze`, each full garbage collection would
    # visit all of them, and no request is answered meanwhile; see docs/performance.md.
    gc.collect()
    gc.freeze()
    gc.enable()
    server.run(inherited())
