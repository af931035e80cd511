"""The processes of the API, and `shousi api`, which runs nothing else.

The launcher opens the listening sockets and all processes accept from them: an idle process takes
the next connection. While one restarts, connections go to the others, or wait if there is none.
Each process keeps its request metrics in a file of one shared folder, so that any can sum them up.
"""

import os
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from socket import socket
from tempfile import TemporaryDirectory

import typer
from rich.console import Console

from cli.launcher.services import ProcessService, Service, Supervisor
from cli.output import say_error
from judge import listening
from judge.errors import ShousiError
from judge.settings import Settings, get_settings


def serve_api() -> None:
    """Serve only the API, with as many processes as SHOUSI_API_PROCESSES says."""
    settings = get_settings()
    try:
        sockets = listening.listen(settings.host, settings.port)
        with api_services(settings, sockets) as services:
            supervisor = Supervisor(services)
            supervisor.catch_signals()
            try:
                supervisor.start()
                supervisor.run()
            finally:
                listening.close(sockets)
                supervisor.stop()
    except (ShousiError, OSError) as error:
        say_error(error, Console(stderr=True))
        raise typer.Exit(1) from error


@contextmanager
def api_services(settings: Settings, sockets: Sequence[socket]) -> Iterator[list[Service]]:
    """Yield the API's processes, not yet started; they will accept from `sockets`."""
    # One Python process uses at most one core, and serves about as much as four cores judge.
    count = settings.api_processes or max(1, min(4, (os.cpu_count() or 1) // 4))
    with TemporaryDirectory(prefix="shousi-metrics-") as counts:
        env = {
            **own_options(settings),
            **listening.told(sockets),
            "SHOUSI_API_PROCESSES": str(count),
        }
        # prometheus_client reads this variable. A single process keeps its metrics in memory.
        if count > 1:
            env["PROMETHEUS_MULTIPROC_DIR"] = counts
        yield [
            ProcessService("api", [sys.executable, "-m", "api"], env, sockets) for _ in range(count)
        ]


def own_options(settings: Settings) -> dict[str, str]:
    """Return the environment variables that pass the launcher's own options to a service."""
    return {"SHOUSI_HOME": str(settings.home), "SHOUSI_PORT": str(settings.port)}
