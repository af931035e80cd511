"""When a service that ended is started again."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from cli.launcher.services import LONGEST_WAIT_S, ProcessService, Supervisor, tell

SERVES = "from judge.readiness import tell_ready; import signal; tell_ready(); signal.pause()"
FAILS = "raise SystemExit(3)"
STARTS_SLOWLY = "import signal; signal.pause()"


def service(code: str) -> ProcessService:
    env = {"PYTHONPATH": str(Path(__file__).parents[4])}
    return ProcessService("test", [sys.executable, "-c", code], env)


def ended(one: ProcessService, number: int | None = None, *, when_ready: bool = False) -> float:
    """Start it, and let it end, by a signal if one is given; return the planned pause in
    seconds.
    """
    one.start()
    assert one.process is not None
    if when_ready:
        # The pipe becomes readable when the service reports that it is ready; nothing is read from
        # it here.
        assert one.wait_told(30)
    if number is not None:
        one.process.send_signal(number)
    return one.plan_restart(one.process.wait(30))


def test_a_service_that_is_killed_while_it_serves_is_started_at_once() -> None:
    one = service(SERVES)
    waits = [ended(one, signal.SIGKILL, when_ready=True) for _ in range(5)]
    assert waits == [0.0] * 5


def test_a_service_that_fails_at_its_start_is_started_later_each_time() -> None:
    one = service(FAILS)
    waits = [ended(one) for _ in range(6)]
    assert waits == [0.0, 1.0, 3.0, 7.0, LONGEST_WAIT_S, LONGEST_WAIT_S]


def test_killing_a_service_that_starts_delays_it_by_a_second() -> None:
    one = service(STARTS_SLOWLY)
    waits = [ended(one, signal.SIGKILL) for _ in range(4)]
    assert waits == [0.0, 1.0, 1.0, 1.0]


def test_a_service_that_served_once_more_begins_anew() -> None:
    one = service(FAILS)
    assert [ended(one) for _ in range(3)][-1] == 3.0
    serving = service(SERVES)
    serving.failures = one.failures
    assert ended(serving, signal.SIGKILL, when_ready=True) == 0.0


def test_a_program_that_is_not_there_is_tried_again(capfd: pytest.CaptureFixture[str]) -> None:
    one = ProcessService("lost", ["/no/such/program"], {})
    supervisor = Supervisor([one])
    supervisor._restart_due()
    assert "lost can't be started" in capfd.readouterr().err
    assert one.start_at <= time.monotonic() + LONGEST_WAIT_S
    assert one.process is None


def hung_up(before: Callable[[], object]) -> int:
    """Send a supervisor SIGHUP and then SIGTERM, once it waits; return its exit status."""
    code = (
        "import os, signal; from cli.launcher.services import Supervisor\n"
        "one = Supervisor([]); one.catch_signals(); os.kill(os.getpid(), signal.SIGHUP)\n"
        "stopped = one.stopping; os.kill(os.getpid(), signal.SIGTERM); one.run()\n"
        "raise SystemExit(3 if stopped else 4)"
    )
    env = {**os.environ, "PYTHONPATH": str(Path(__file__).parents[4])}
    return subprocess.run([sys.executable, "-c", code], env=env, preexec_fn=before).returncode


def test_a_closed_terminal_stops_the_service_unless_nohup_started_it() -> None:
    assert hung_up(lambda: signal.signal(signal.SIGHUP, signal.SIG_DFL)) == 3
    assert hung_up(lambda: signal.signal(signal.SIGHUP, signal.SIG_IGN)) == 4


def test_a_service_goes_on_when_nobody_reads_it_any_more() -> None:
    reader, writer = os.pipe()
    os.close(reader)
    with os.fdopen(writer, "w") as stream:
        for _ in range(3):
            tell("a line", stream)
