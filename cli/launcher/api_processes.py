"""The processes of the API, and `shousi api`, which runs nothing else.

The launcher listens, and all of them accept from there: whoever has time is faster. While one is
started again, connections go to the others, or wait where there is no other. What the processes
count of requests lies in files of one folder, so that each of them can tell the sum.
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
from judge import listening
from judge.errors import ShousiError
from judge.settings import Settings, get_settings


def serve_api() -> None:
    """Serve only the web server, as many processes of it as SHOUSI_API_PROCESSES says."""
    settings = get_settings()
    try:
        sockets = listening.listen(settings.host, settings.port)
        with api_services(settings, sockets) as services:
            supervisor = Supervisor(services)
            supervisor.catch_signals()
            supervisor.start()
            try:
                supervisor.run()
            finally:
                listening.close(sockets)
                supervisor.stop()
    except (ShousiError, OSError) as error:
        Console(stderr=True).print(f"[bold red]error[/] {error}", highlight=False, soft_wrap=True)
        raise typer.Exit(1) from error


@contextmanager
def api_services(settings: Settings, sockets: Sequence[socket]) -> Iterator[list[Service]]:
    """The API's processes, which accept from `sockets`; not started yet."""
    # A process of Python uses one core at most, and serves about what four cores judge.
    count = settings.api_processes or max(1, min(4, (os.cpu_count() or 1) // 4))
    with TemporaryDirectory(prefix="shousi-metrics-") as counts:
        env = {
            **own_options(settings),
            **listening.told(sockets),
            "SHOUSI_API_PROCESSES": str(count),
        }
        # The name is that of Prometheus' client. One process counts in memory.
        if count > 1:
            env["PROMETHEUS_MULTIPROC_DIR"] = counts
        yield [
            ProcessService("api", [sys.executable, "-m", "api"], env, sockets) for _ in range(count)
        ]


def own_options(settings: Settings) -> dict[str, str]:
    """What a service is told of the launcher's own options in its environment."""
    return {"SHOUSI_HOME": str(settings.home), "SHOUSI_PORT": str(settings.port)}
