"""The parts of `make chaos`: its clock, its full disk, and that it can fail."""

import os
import shutil
import subprocess
import sys
import time
from collections import Counter
from pathlib import Path

import pytest

from tests.chaos import picture, report
from tests.chaos.load import MIX, Sent
from tests.chaos.machine import Clock, build_clock
from tests.chaos.place import Fault, Outcome, Place, Struck, look
from tests.support.launched import PROJECT
from tests.support.missing import missing

RIGHT = MIX[0]


class Judged(Place):
    """A place that is over: its events are given."""

    name = "over"
    url = ""

    def __init__(self, events: dict[tuple[str, str], int]) -> None:
        self.left_out: list[str] = []
        self._events = events

    def faults(self) -> list[Fault]:
        return []

    def events(self) -> Counter[tuple[str, str]]:
        return Counter(self._events)

    def kill_judging(self) -> None:
        raise AssertionError("nothing is judged any more")


def outcome(*verdicts: str, deaths: int = 0) -> Outcome:
    now = time.monotonic()
    found = Outcome("over", [], now - 9, now)
    found.sent = [
        Sent(number, RIGHT, "", now - 5, str(number), verdict, now - number)
        for number, verdict in enumerate(verdicts)
    ]
    found.faults = [Struck("SIGKILL", "a process of a jail", True, now - 4, now - 3)] * deaths
    return found


def test_what_is_lost_duplicated_or_wrong_is_named() -> None:
    found = outcome("AC", "", "WA", "AC")
    look(Judged({("0", "done"): 1, ("2", "done"): 1, ("3", "done"): 2}), found)
    assert found.complaints == [
        "lost 1 (maxsubarray)",
        "two verdicts for 3 (maxsubarray)",
        "WA instead of AC for 2 (maxsubarray)",
    ]


def test_one_own_death_is_excused_for_each_fault_that_may_hit_a_run() -> None:
    found = outcome("RTE", "TLE", "RTE", deaths=2)
    look(Judged({}), found)
    assert (found.own_deaths, found.complaints) == (2, ["RTE instead of AC for 2 (maxsubarray)"])


@pytest.mark.parametrize(("lost", "good"), [([], False), (["7"], True)])
def test_a_control_must_fail(lost: list[str], good: bool, tmp_path: Path) -> None:
    # One that has lost all has no time to verdict.
    control = outcome("" if lost else "AC")
    control.lost = lost
    run = report.Run(200, 1, 60, places=[outcome("AC", "AC", deaths=1)], controls=[control])
    assert run.is_good is good
    page, image = tmp_path / "page.md", tmp_path / "image.svg"
    report.write(run, page, image.name)
    picture.write(run.places, image)
    assert "make chaos N=200 SEED=1 MINUTES=60" in page.read_text()
    assert str(PROJECT) not in page.read_text()
    assert image.read_text().count("<circle") == 2


def test_a_clock_is_stepped_and_monotonic_time_is_not(tmp_path: Path) -> None:
    if shutil.which("gcc") is None:
        missing("gcc")
    clock = Clock(tmp_path / "clock", build_clock(tmp_path))
    program = (
        "import sys, time\n"
        "from datetime import datetime\n"
        "for _ in sys.stdin:\n"
        "    print(time.time(), datetime.now().timestamp(), time.monotonic(), flush=True)\n"
    )
    with subprocess.Popen(
        [sys.executable, "-c", program],
        env={**os.environ, **clock.environment},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        told = []
        for step in (0, 100_000, -200_000):
            clock.step(step)
            process.stdin.write("\n")
            process.stdin.flush()
            told.append([float(word) for word in process.stdout.readline().split()])
        process.stdin.close()
    for name, (first, ahead, back) in zip(("time", "now"), zip(*told, strict=True), strict=False):
        assert 99_000 < ahead - first < 101_000, name
        assert -101_000 < back - first < -99_000, name
    assert told[2][2] - told[0][2] < 10_000


def test_a_disk_is_full_and_freed() -> None:
    if os.geteuid() != 0:
        missing("root, to mount a disk")
    # In a process of its own, which the mount ends with.
    program = (
        "import tempfile, pathlib\n"
        "from tests.chaos.machine import Disk, enter_own_mounts\n"
        "enter_own_mounts()\n"
        "folder = pathlib.Path(tempfile.mkdtemp()) / 'disk'\n"
        "disk = Disk(folder, 1)\n"
        "disk.fill()\n"
        "try:\n"
        "    (folder / 'one').write_text('x')\n"
        "except OSError as error:\n"
        "    print(error.strerror)\n"
        "disk.free()\n"
        "print((folder / 'two').write_text('x'))\n"
    )
    said = subprocess.run(
        [sys.executable, "-c", program], cwd=PROJECT, capture_output=True, text=True, check=True
    )
    assert said.stdout.split("\n")[:2] == ["No space left on device", "1"]
