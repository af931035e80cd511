"""A kept process is started again, whatever ended it, but not after it was told to stop."""

import os
import signal
import sys
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from tests.support.stack import wait_until
from worker import keeper
from worker.keeper import Keeper, NotReadyError, Process

# Programs that get the descriptor on which they report that they serve.
SERVES = "import os, sys, time; os.write(int(sys.argv[1]), b'!'); time.sleep(1000)"
NEVER_READY = "import time; time.sleep(1000)"
DEAF_AND_NEVER_READY = "import signal, time; signal.signal(15, signal.SIG_IGN); time.sleep(1000)"
ENDS = "raise SystemExit(3)"
# Its child, which survives, holds the descriptor for that report.
ENDS_BEFORE_ITS_CHILD = "import os, time; os.fork() or time.sleep(20)"


def start(script: str, grace_s: float = 10.0) -> Process:
    return Process(lambda fd: [sys.executable, "-c", script, str(fd)], grace_s=grace_s)


def is_running(pid: int) -> bool:
    return Path(f"/proc/{pid}").exists()


@pytest.fixture(autouse=True)
def no_pause(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(keeper, "FIRST_PAUSE_S", 0.001)


@pytest.fixture(autouse=True)
def default_signals() -> Iterator[None]:
    """Processes that are started here don't ignore SIGHUP, even if the tests were started by
    nohup.
    """
    before = signal.signal(signal.SIGHUP, signal.SIG_DFL)
    yield
    signal.signal(signal.SIGHUP, before)


@pytest.fixture
def kept() -> Iterator[Keeper[Process]]:
    """Keep a process that serves."""
    serving = Keeper("test", lambda: start(SERVES))
    serving.await_ready()
    yield serving
    serving.stop()
    assert not is_running(serving.kept.pid)


@pytest.mark.parametrize("how", [signal.SIGKILL, signal.SIGTERM, signal.SIGHUP])
def test_what_is_killed_comes_back(kept: Keeper[Process], how: signal.Signals) -> None:
    killed = set()
    for _ in range(3):
        pid = kept.kept.pid
        os.kill(pid, how)
        wait_until(lambda pid=pid: kept.kept.pid != pid, "another one")  # type: ignore[misc]
        killed.add(pid)
    assert len(killed) == 3
    assert not any(is_running(pid) for pid in killed)


def test_a_fork_of_the_owner_stops_nothing(
    kept: Keeper[Process], monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as forked:
        forked.setattr("os.getpid", lambda: 1)
        kept.stop()
    assert is_running(kept.kept.pid)


def is_deaf(pid: int) -> bool:
    ignored = Path(f"/proc/{pid}/status").read_text().partition("SigIgn:")[2].split()[0]
    return bool(int(ignored, 16) >> signal.SIGTERM - 1 & 1)


@pytest.mark.parametrize("script", [NEVER_READY, DEAF_AND_NEVER_READY])
def test_it_can_be_stopped_while_it_starts(script: str) -> None:
    starting = Keeper("test", lambda: start(script, grace_s=0.2))
    if script is DEAF_AND_NEVER_READY:
        wait_until(lambda: is_deaf(starting.kept.pid), "it to heed no SIGTERM")
    starting.stop()
    assert not is_running(starting.kept.pid)
    with pytest.raises((NotReadyError, OSError)):
        starting.await_ready()


def test_what_a_start_that_is_under_way_gives_is_stopped_too() -> None:
    started: list[Process] = []
    under_way, go_on = threading.Event(), threading.Event()

    def start_slowly() -> Process:
        if started:
            under_way.set()
            assert go_on.wait(60)
        started.append(start(SERVES))
        return started[-1]

    slow = Keeper("test", start_slowly)
    os.kill(slow.kept.pid, signal.SIGKILL)
    assert under_way.wait(60)
    with ThreadPoolExecutor(1) as pool:
        stopping = pool.submit(slow.stop)
        wait_until(slow._stopped.is_set, "it to be told")
        go_on.set()
        stopping.result(60)
    assert len(started) == 2
    assert not any(is_running(one.pid) for one in started)


def test_it_can_be_stopped_while_it_waits_to_start_again(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(keeper, "FIRST_PAUSE_S", 1000.0)
    monkeypatch.setattr(keeper, "LONGEST_PAUSE_S", 1000.0)
    failing = Keeper("test", lambda: start(ENDS))
    with pytest.raises(NotReadyError, match="status 3"):
        failing.await_ready()
    failing.stop()


def test_one_that_takes_too_long_is_ended(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(keeper, "_READY_TIMEOUT_S", 0.01)
    slow = Keeper("test", lambda: start(NEVER_READY))
    first = slow.kept.pid
    with pytest.raises(NotReadyError, match="does not serve"):
        slow.await_ready()
    wait_until(lambda: not is_running(first), "its end")
    slow.stop()


def test_an_end_is_seen_though_a_child_lives_on() -> None:
    parent = start(ENDS_BEFORE_ITS_CHILD)
    with pytest.raises(NotReadyError, match="status 0"):
        parent.await_ready()
    os.killpg(parent.pid, signal.SIGKILL)
    parent.end()


class Scripted:
    """Serves and ends, or doesn't serve, as the test's script says."""

    def __init__(self, serves: bool) -> None:
        self._serves = serves

    def await_ready(self) -> None:
        if not self._serves:
            raise NotReadyError("as the test says")

    def await_end(self) -> None:
        pass

    def end(self) -> None:
        pass


def test_pauses_grow_while_nothing_serves_and_no_longer(caplog: pytest.LogCaptureFixture) -> None:
    # "x": the start itself fails. Then nothing is left, as where no process can be made.
    course = iter(["serves", "serves", "fails", "fails", "x", "serves", "serves", "fails"])
    over = threading.Event()

    def start_scripted() -> Scripted:
        match next(course, None):
            case None:
                over.set()
                raise OSError("nothing is left")
            case "x":
                raise OSError("as the test says")
            case step:
                return Scripted(step == "serves")

    scripted = Keeper("test", start_scripted)
    assert over.wait(60)
    scripted.stop()
    told = [record.args[-1] for record in caplog.records if isinstance(record.args, tuple)]
    pauses = [round(float(str(pause_s)) / keeper.FIRST_PAUSE_S) for pause_s in told]
    assert pauses[:8] == [1, 1, 2, 4, 8, 1, 1, 2]
    assert scripted._first.result() is None


def test_a_pause_has_an_end(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(keeper, "LONGEST_PAUSE_S", 0.0)
    starts = threading.Semaphore(0)

    def fail() -> Scripted:
        starts.release()
        return Scripted(False)

    failing = Keeper("test", fail)
    # So many failures that two to that power overflows a float.
    assert all(starts.acquire(timeout=60) for _ in range(1100))
    failing.stop()


def test_the_first_start_tells_why_it_fails() -> None:
    with pytest.raises(FileNotFoundError):
        Keeper("test", lambda: Process(lambda _: ["/no/such/program"], grace_s=0))
