"""The place where `docker compose` runs the service: faults strike each of its containers."""

import json
import os
import shutil
import signal
import time
from collections import Counter
from contextlib import ExitStack, suppress
from functools import partial
from pathlib import Path

from docker.errors import APIError
from docker.models.containers import Container

from tests.chaos.load import SLUGS
from tests.chaos.place import PAST_THE_LEASE_S, QUICK, Fault, Place
from tests.support.composed import composed
from tests.support.launched import only_problems
from tests.support.processes import kill
from tests.support.stack import wait_until

_SERVICES = ("api", "worker", "runner", "valkey", "postgres")
_ON_THE_NETWORK = ("api", "worker", "valkey", "postgres")
_COUNT = "select submission_id, kind, count(*) from event group by 1, 2"
_PSQL = (
    "PGPASSWORD=$(cat /run/secrets/database_password)"
    f" psql -h 127.0.0.1 -U shousi -At -F ' ' -c '{_COUNT}' shousi"
)


class Composed(Place):
    """The service under compose. Raises ComposeMissingError."""

    def __init__(self, folder: Path, stopping: ExitStack) -> None:
        self.name = "compose"
        self.left_out = [
            "a full disk: the volumes are on the engine's disk",
            "a clock stepped: all containers use the machine's clock",
        ]
        override = folder / "quick.json"
        services: dict[str, object] = {name: {"environment": QUICK} for name in ("api", "worker")}
        # Only a few problems: installing all of them takes minutes.
        services["prepare"] = {
            "environment": {
                "SHOUSI_PROBLEMS": "/problems",
                "SHOUSI_INTERVIEWS": "/no-interviews",
            },
            "volumes": [f"{only_problems(folder / 'problems', *SLUGS)}:/problems:ro"],
        }
        override.write_text(json.dumps({"version": "3.9", "services": services}))
        files = f"docker-compose.yml{os.pathsep}{override}"
        self._service = stopping.enter_context(composed(COMPOSE_FILE=files))
        self._service.up()
        self.url = f"http://127.0.0.1:{self._service.port}/api/v1"

    def faults(self) -> list[Fault]:
        found = []
        for name in _SERVICES:
            for how in (signal.SIGKILL, signal.SIGTERM):
                strike = partial(self._signal, name, how)
                found.append(Fault(how.name, name, strike, name == "runner"))
            found.append(Fault("SIGSTOP", name, partial(self._pause, name), name == "runner"))
        found += [Fault("cut off", name, partial(self._cut_off, name)) for name in _ON_THE_NETWORK]
        found.append(Fault("restarted", "postgres", self._restart_database))
        found += [Fault("wiped", "valkey", self._wipe_broker)] * 2
        return found

    def _container(self, name: str) -> Container:
        """Return the service's container; wait for it if an earlier fault has stopped it."""
        found: list[Container] = []

        def is_there() -> bool:
            with suppress(ValueError, APIError):
                found[:] = [self._service.container(name)]
            return bool(found) and found[0].attrs["State"]["Pid"] > 0

        wait_until(is_there, f"the container {name} to run")
        return found[0]

    def _pid(self, name: str) -> int:
        return int(self._container(name).attrs["State"]["Pid"])

    def _signal(self, name: str, how: signal.Signals) -> None:
        kill(self._pid(name), how)

    def _pause(self, name: str) -> None:
        container = self._container(name)
        container.pause()
        time.sleep(PAST_THE_LEASE_S)
        container.unpause()

    def _cut_off(self, name: str) -> None:
        container = self._container(name)
        (network,) = self._service.client.networks.list([f"{self._service.name}_inside"])
        network.disconnect(container)
        time.sleep(PAST_THE_LEASE_S)
        network.connect(container, aliases=[name])

    def _restart_database(self) -> None:
        self._container("postgres").restart()

    def _wipe_broker(self) -> None:
        container = self._container("valkey")
        (data,) = [each for each in container.attrs["Mounts"] if each["Destination"] == "/data"]
        shutil.rmtree(Path(data["Source"]) / "appendonlydir")
        kill(int(container.attrs["State"]["Pid"]))

    def kill_judging(self) -> None:
        main = self._pid("worker")
        for child in Path(f"/proc/{main}/task/{main}/children").read_text().split():
            with suppress(OSError):
                if b"\0-m\0worker\0" in Path(f"/proc/{child}/cmdline").read_bytes():
                    kill(int(child))

    def events(self) -> Counter[tuple[str, str]]:
        status, said = self._container("postgres").exec_run(["sh", "-c", _PSQL])
        assert status == 0, said
        assert isinstance(said, bytes)
        lines = [line.split() for line in said.decode().splitlines()]
        return Counter({(id, kind): int(count) for id, kind, count in lines})
