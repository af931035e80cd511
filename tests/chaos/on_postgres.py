"""`make run` on one simulated host and its PostgreSQL on another, joined by a link."""

import os
import random
import shutil
import signal
import time
from contextlib import ExitStack
from functools import partial
from pathlib import Path

from judge.db.session import Database
from tests.chaos.machine import Disk
from tests.chaos.place import LEASE_S, PAST_THE_LEASE_S, Fault
from tests.chaos.tree import Tree, fill, steps
from tests.support.certificates import make_certificate
from tests.support.freezing import freeze, thaw
from tests.support.hosts import Hosts, Link
from tests.support.launched import wait_gone
from tests.support.postgres import PASSWORD, PostgresServer
from tests.support.processes import kill
from tests.support.stack import wait_until

SERVER = "PostgreSQL"
_DISK_MEGABYTES = 768
# One shorter than a connection's timeout, and one longer.
_CUTS_S = (PAST_THE_LEASE_S, 25.0)


def why_missing() -> str:
    """Say what this place needs and the machine lacks; empty if it has everything."""
    if os.geteuid() != 0 or shutil.which("ip") is None:
        return "network namespaces need root and the program ip"
    return ""


class TreeOnPostgres(Tree):
    """The service with PostgreSQL on another host. Raises PostgresMissingError."""

    def __init__(self, folder: Path, stopping: ExitStack) -> None:
        hosts = stopping.enter_context(Hosts())
        self._center, far = hosts.host("center"), hosts.host("far")
        self._link = Link(self._center, far, 7)
        # From here on this thread, and everything that it starts, is on the host `far`.
        stopping.enter_context(far)
        super().__init__(folder, stopping)
        self.name = "make run on PostgreSQL"

    def _database(self, folder: Path, stopping: ExitStack) -> dict[str, str]:
        self._server_disk = Disk(folder / "database", _DISK_MEGABYTES)
        self._server_clock = self._clock(folder, "database-clock")
        clock = self._server_clock.environment if self._server_clock else {}
        self._server = PostgresServer(
            remote=make_certificate(folder, self._link.address),
            within=folder / "database",
            environment=clock,
        )
        stopping.callback(self._server.close)
        with self._center:
            self._server.start()
        local = self._server.new_database()
        # Over the server's Unix socket, which works from every network namespace.
        self.db = Database(local)
        stopping.callback(self.db.close)
        name = local.partition("@/")[2].partition("?")[0]
        where = f"{self._link.address}:{self._server.port}/{name}"
        # sslmode=require doesn't verify: after a step back no certificate would be valid yet.
        url = f"postgresql+psycopg://judge:{PASSWORD}@{where}?sslmode=require"
        return {"SHOUSI_DATABASE_URL": url}

    def faults(self) -> list[Fault]:
        found = [
            *super().faults(),
            Fault("SIGKILL", f"{SERVER}'s first process", self._kill_server),
            *[Fault("SIGKILL", f"a process of {SERVER}", self._kill_some_process)] * 2,
            Fault("SIGSTOP", f"all of {SERVER}", self._freeze_server),
            *[Fault("restarted", SERVER, self._restart)] * 2,
            Fault("disk full", "the database's", self._fill_disk),
            *[Fault(f"cut for {each:.0f} s", "the way to it", partial(self._cut, each))
              for each in _CUTS_S],
        ]  # fmt: skip
        if self._server_clock is not None:
            found += steps(self._server_clock, "the database's clock")
        return found

    def _processes_of_server(self) -> list[int]:
        first = self._server.pid
        assert first is not None
        children = Path(f"/proc/{first}/task/{first}/children").read_text().split()
        return [first, *map(int, children)]

    def _kill_server(self) -> None:
        all_of_it = self._processes_of_server()
        kill(all_of_it[0])
        wait_gone(set(all_of_it))
        self._resume()

    def _kill_some_process(self) -> None:
        kill(random.Random(self.name).choice(self._processes_of_server()[1:]), signal.SIGKILL)

    def _freeze_server(self) -> None:
        all_of_it = self._processes_of_server()
        first = all_of_it[0]
        freeze(first)
        others = [pid for pid in all_of_it[1:] if Path(f"/proc/{pid}").exists()]
        freeze(*others)
        time.sleep(PAST_THE_LEASE_S)
        thaw(*others, first)

    def _restart(self) -> None:
        self._server.pause()
        time.sleep(LEASE_S)
        self._resume()

    def _fill_disk(self) -> None:
        fill(self._server_disk)
        if self._server.pid is None:  # it exits if it can't write its log
            self._resume()

    def _cut(self, seconds: float) -> None:
        self._link.cut()
        time.sleep(seconds)
        self._link.join()

    def _resume(self) -> None:
        """Start the server as a service manager does: retry while old processes still run."""

        def is_up() -> bool:
            try:
                self._server.resume()
            except RuntimeError:
                return False
            return True

        with self._center:
            wait_until(is_up, "PostgreSQL to start again")
