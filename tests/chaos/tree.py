"""The place where `make run` runs the service: faults strike every process of its tree."""

import fcntl
import os
import random
import shutil
import signal
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable
from contextlib import ExitStack, suppress
from functools import partial
from pathlib import Path

from sqlalchemy import func, select

from judge.db.models import Event
from judge.db.session import Database
from tests.chaos.load import SLOWLY, SLUGS, WITHOUT_TORCH
from tests.chaos.machine import Clock, Disk, build_clock
from tests.chaos.place import PAST_THE_LEASE_S, QUICK, Fault, Place, say
from tests.support.freezing import freeze, thaw
from tests.support.launched import (
    PROJECT,
    Launched,
    free_port,
    launch,
    only_problems,
    wait_gone,
)
from tests.support.processes import kill, kinds_of_processes, may_run_a_submission
from tests.support.stack import wait_until

JUDGING, WORKER, BROKER = "a judging process", "the worker", "the broker"
# The first match counts, because `mworker` also matches the worker's modules.
_NAMES = {
    "1 ours mapi": "the API",
    "1 ours mworker": WORKER,
    "1 ours valkey": BROKER,
    "2 ours mworkerqueueheartbeatprocess": "the heartbeats' process",
    "2 ours mworkersandboxforkserverhost": "the fork servers' host",
    "2 ours mworker": JUDGING,
    "3 ours mworkercheckersprocess": "a checker's process",
    "3 jailed ": "a template of the fork servers",
    "4 jailed ": "a fork server",
}
_HOME_MEGABYTES = 256
_AN_HOUR_S = 3600
_LAUNCHED_WITHIN_S = 300.0
_ELSEWHERE_S = 60.0
_LAUNCH_LOCK = Path(tempfile.gettempdir()) / "shousi-chaos-launch.lock"


class Tree(Place):
    """The service on SQLite. With `without` it is a control, whose worker lacks that safeguard."""

    def __init__(self, folder: Path, stopping: ExitStack, without: str = "") -> None:
        self.name = f"control without {without}" if without else "make run on SQLite"
        self.left_out: list[str] = []
        self._without = without
        self._chance = random.Random(self.name)
        self._home = folder / "home"
        self._disk = Disk(self._home, _HOME_MEGABYTES) if os.geteuid() == 0 else None
        self.clock = self._clock(folder, "clock")
        if self._disk is None:
            self.left_out.append("a full disk: mounting a small one needs root")
        if self.clock is None:
            self.left_out.append("a clock stepped: its library needs gcc")
        self._settings = {
            **QUICK,
            **(self.clock.environment if self.clock else {}),
            "SHOUSI_PORT": str(free_port()),
            "SHOUSI_PROBLEMS": only_problems(folder / "problems", *SLUGS),
            "SHOUSI_INTERVIEWS": str(folder / "no-interviews"),
        }
        if without:
            controls = PROJECT / "tests/chaos/controls"
            self._settings["PYTHONPATH"] = f"{controls}{os.pathsep}{PROJECT}"
            self._settings["SHOUSI_CHAOS_WITHOUT"] = without
            # An interpreter without torch, so that it starts in seconds.
            self._settings["SHOUSI_RUNNER_PYTHON"] = sys.executable
            self.mix = SLOWLY if without == "fencing" else WITHOUT_TORCH
        self._settings |= self._database(folder, stopping)
        self._log = stopping.enter_context((folder / "log").open("wb"))
        self._launch()
        stopping.callback(lambda: self._launched.stop())
        self.url = self._launched.url

    def _clock(self, folder: Path, name: str) -> Clock | None:
        if shutil.which("gcc") is None:
            return None
        return Clock(folder / name, build_clock(folder))

    def _database(
        self,
        folder: Path,  # noqa: ARG002 - subclasses need it
        stopping: ExitStack,
    ) -> dict[str, str]:
        """Start a database, unless the launcher makes it; return the settings that name it."""
        self.db = Database(f"sqlite:///{self._home}/shousi.db")
        stopping.callback(self.db.close)
        return {}

    def _launch(self) -> None:
        """Start the launcher, and again if it gave up, as a service manager does.

        Only one place starts at a time: all at once would exceed the launcher's timeout on a busy
        machine.
        """

        def is_up() -> bool:
            try:
                self._launched = launch(self._home, self._log, **self._settings)
            except AssertionError as error:
                say(f"{self.name}: {error}")
                return False
            return True

        with _LAUNCH_LOCK.open("wb") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            wait_until(is_up, "the launcher to be ready", _LAUNCHED_WITHIN_S)

    def faults(self) -> list[Fault]:
        if self._without:
            return self._faults_of_a_control()
        found = []
        for name, process in sorted(named_processes(self._launched).items()):
            where = may_run_a_submission(process[0])
            found += [
                Fault(how.name, name, partial(self._signal, name, how), where)
                for how in (signal.SIGKILL, signal.SIGTERM)
            ]
            found.append(Fault("SIGSTOP", name, partial(self._freeze, name), where))
        launcher = "the launcher"
        found += [
            Fault("SIGKILL", launcher, self._kill_launcher),
            Fault("SIGTERM", launcher, self._stop_launcher),
            Fault("SIGSTOP", launcher, lambda: _hold(self._launched.process.pid)),
            *[Fault("wiped", BROKER, self._wipe_broker)] * 2,
        ]
        if self._disk is not None:
            found += [Fault("disk full", "the service's home", partial(fill, self._disk))] * 2
        if self.clock is not None:
            found += steps(self.clock, "the service's clock")
        return found

    def _faults_of_a_control(self) -> list[Fault]:
        if self._without == "fencing":
            return [Fault("SIGSTOP", JUDGING, self._freeze_until_judged_elsewhere)] * 12
        killed = [Fault("SIGKILL", WORKER, partial(self._signal, WORKER, signal.SIGKILL))]
        return [*killed * 4, *[Fault("wiped", BROKER, self._wipe_broker)] * 8]

    def _one(self, name: str) -> int:
        """Choose a process with this name; wait for one if there is none."""
        pids: list[int] = []

        def there_is() -> bool:
            pids[:] = named_processes(self._launched).get(name, ("", []))[1]
            return bool(pids)

        wait_until(there_is, f"{name} to appear")
        return self._chance.choice(pids)

    def _signal(self, name: str, how: signal.Signals) -> None:
        kill(self._one(name), how)

    def _freeze(self, name: str) -> None:
        _hold(self._one(name))

    def _freeze_until_judged_elsewhere(self) -> None:
        """Freeze a judging process until another one judges its submission: on a busy machine that
        takes more than two leases, and the control must reach it to fail."""

        def begun_again() -> int:
            return sum(n - 1 for (_, kind), n in self.events().items() if kind == "judging")

        before, pid = begun_again(), self._one(JUDGING)
        with suppress(ProcessLookupError):
            freeze(pid)
            # Times out if the process was between two submissions.
            with suppress(AssertionError):
                wait_until(lambda: begun_again() > before, "another to judge it", _ELSEWHERE_S)
            thaw(pid)

    def _kill_launcher(self) -> None:
        family = self._launched.family()
        self._launched.kill()
        wait_gone(family)
        self._launch()

    def _stop_launcher(self) -> None:
        self._launched.stop()
        self._launch()

    def _wipe_broker(self) -> None:
        pid = self._one(BROKER)
        shutil.rmtree(self._home / "broker" / "appendonlydir")
        kill(pid)

    def kill_judging(self) -> None:
        for pid in named_processes(self._launched).get(JUDGING, ("", []))[1]:
            kill(pid)

    def events(self) -> Counter[tuple[str, str]]:
        query = select(Event.submission_id, Event.kind, func.count())
        with self.db.read() as session:
            rows = session.execute(query.group_by(Event.submission_id, Event.kind)).all()
        return Counter({(id, kind): count for id, kind, count in rows})


def named_processes(launched: Launched) -> dict[str, tuple[str, list[int]]]:
    """Return the processes by readable name: their kind (`kinds_of_processes`) and pids."""
    found: dict[str, tuple[str, list[int]]] = {}
    for kind, pids in kinds_of_processes(launched).items():
        depth, owner, words = kind.split(" ", 2)
        known = [
            name
            for mark, name in _NAMES.items()
            if mark.split(" ")[:2] == [depth, owner] and mark.split(" ")[2] in words
        ]
        what = "a process of a jail" if owner == "jailed" else "a process of ours"
        name = known[0] if known else f"{what}, {depth} below the launcher"
        found.setdefault(name, (kind, []))[1].extend(pids)
    return found


def _hold(pid: int) -> None:
    """Freeze all threads of a process for two leases."""
    with suppress(ProcessLookupError):  # the process has ended
        freeze(pid)
        time.sleep(PAST_THE_LEASE_S)
        thaw(pid)


def fill(disk: Disk) -> None:
    """Keep the disk full for two leases."""
    disk.fill()
    time.sleep(PAST_THE_LEASE_S)
    disk.free()


def steps(clock: Clock, whose: str) -> list[Fault]:
    """Return two faults: a step of an hour forward, and one of an hour back."""

    def step(seconds: int) -> Callable[[], None]:
        return partial(clock.step, seconds)

    return [
        Fault("clock an hour ahead", whose, step(_AN_HOUR_S)),
        Fault("clock an hour back", whose, step(-_AN_HOUR_S)),
    ]
