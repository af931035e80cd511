"""A busy machine doesn't use up a run's wall time, but can't extend a run for ever."""

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from judge.limits import Limits
from judge.result import Ending
from tests.support.missing import missing
from tests.support.stack import wait_until
from worker.sandbox import pressure
from worker.sandbox.base import Program, Runtime
from worker.sandbox.namespaces import NamespaceSandbox

_LIMITS = Limits(cpu_s=60.0, wall_s=1.0)


def python(code: bytes) -> Program:
    return Program(Runtime.PYTHON, {"main.py": code}, ("main.py",))


@pytest.fixture
def busy_machine() -> Iterator[None]:
    """Run more busy processes than there are CPUs."""
    if not pressure.busy_s():
        missing("pressure stall information of the kernel")
    command = [sys.executable, "-c", "while True: pass"]
    spinning = [subprocess.Popen(command) for _ in range(2 * (os.cpu_count() or 1))]
    yield
    for process in spinning:
        process.kill()
        process.wait()


@pytest.mark.usefixtures("busy_machine")
def test_who_computes_there_gets_more_time_within_bounds(
    jail: NamespaceSandbox,
) -> None:
    run = jail.run(python(b"while True: pass"), b"", _LIMITS)
    assert run.ending is Ending.WALL_LIMIT
    assert run.waited_s > 0
    assert run.usage.wall_s > _LIMITS.wall_s + run.waited_s / 2
    assert pressure.own_s(run.usage.wall_s, run.waited_s) >= _LIMITS.wall_s


@pytest.mark.usefixtures("busy_machine")
def test_who_sleeps_there_waits_for_nobody(jail: NamespaceSandbox) -> None:
    run = jail.run(python(b"import time; time.sleep(99)"), b"", _LIMITS)
    assert run.ending is Ending.WALL_LIMIT
    # Except for the moment in which it began.
    assert run.waited_s < _LIMITS.wall_s / 4


@pytest.mark.usefixtures("busy_machine")
def test_its_threads_are_asked_where_the_machine_does_not_count(
    jail: NamespaceSandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pressure, "_PRESSURE", Path("/proc/pressure/none"))
    run = jail.run(python(b"while True: pass"), b"", _LIMITS)
    assert run.ending is Ending.WALL_LIMIT
    assert run.waited_s > 0


def test_a_partners_time_is_counted_once_and_only_while_the_run_is_idle() -> None:
    partner_s = iter([5.0, 5.0, 1.0, 2.0])
    stopwatch = pressure.Stopwatch(lambda: (), lambda: next(partner_s))
    began_s = stopwatch.wall_s
    stopwatch.see(0.0)  # more than has passed
    first_s = stopwatch.listened_s
    assert began_s <= first_s <= stopwatch.wall_s
    stopwatch.see(0.0)  # nothing new
    stopwatch.see(0.0)  # a partner whose count begins again gets no time twice
    stopwatch.see(99.0)
    assert stopwatch.listened_s == first_s
    assert stopwatch.left_s(1.0) > 1.0 - stopwatch.wall_s


def test_a_wait_that_is_counted_when_it_ends_is_for_the_time_before() -> None:
    partner_s = iter([0.0, 0.05])
    stopwatch = pressure.Stopwatch(lambda: (), lambda: next(partner_s))
    wait_until(lambda: stopwatch.wall_s > 0.1, "0.1 s")
    stopwatch.see(0.0)
    assert stopwatch.listened_s == 0.0
    stopwatch.see(0.0)  # at once: its partner's whole wait began before
    assert stopwatch.listened_s == pytest.approx(0.05)
    assert pressure.own_s(stopwatch.wall_s - stopwatch.listened_s, 0.0) < stopwatch.wall_s


def test_who_waits_for_a_cpu_can_be_seen() -> None:
    cpu = min(os.sched_getaffinity(0))
    code = "print(flush=True)\nwhile True: pass"
    spin = ["taskset", "-c", str(cpu), sys.executable, "-c", code]
    with (
        subprocess.Popen(spin, stdout=subprocess.PIPE) as waiting,
        subprocess.Popen(spin, stdout=subprocess.PIPE) as running,
        subprocess.Popen(["sleep", "99"]) as asleep,
    ):
        try:
            for one in (waiting, running):
                assert one.stdout is not None
                one.stdout.readline()
            # Of two processes on one CPU, that of the idle class runs only when the other doesn't.
            os.sched_setscheduler(waiting.pid, os.SCHED_IDLE, os.sched_param(0))
            wait_until(lambda: pressure.any_awaits_cpu([asleep.pid, waiting.pid]), "a wait")
            assert not pressure.any_awaits_cpu([asleep.pid, os.getpid() + 10**7])
        finally:
            for one in (waiting, running, asleep):
                one.kill()


@pytest.mark.usefixtures("busy_machine")
def test_who_gets_no_share_at_all_does_not_sleep() -> None:
    command = [sys.executable, "-c", "while True: pass"]
    with subprocess.Popen(["nice", "-n", "19", *command]) as run:
        try:
            stopwatch = pressure.Stopwatch(lambda: [run.pid])
            told = Path(f"/proc/{run.pid}/schedstat")
            wait_until(lambda: int(told.read_text().split()[1]) > 2e8, "a wait of 0.2 s")
            stopwatch.see(0.0)
            assert stopwatch.waited_s > 0.1
        finally:
            run.kill()


def test_nobody_gets_more_than_three_times_the_limit() -> None:
    assert pressure.own_s(9.0, 9.0) == 3.0
    assert pressure.own_s(9.0, 2.0) == 7.0
