"""Runs that are ended by another thread."""

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import pytest

from judge.limits import Limits
from worker.sandbox.base import Program, Runtime
from worker.sandbox.namespaces import NamespaceSandbox
from worker.sandbox.stop import RunStoppedError, Stop

SPINS = Program(Runtime.PYTHON, {"main.py": b"while True: pass\n"}, ("main.py",))
ENDLESS = Limits(cpu_s=1000.0, wall_s=1000.0)


class Noticing(Stop):
    """Tells when a run has begun that it could end."""

    def __init__(self) -> None:
        super().__init__()
        self.begun = threading.Event()

    @contextmanager
    def ends(self, end: Callable[[], None]) -> Iterator[None]:
        with super().ends(end):
            self.begun.set()
            yield


def test_a_run_is_ended_from_another_thread(jail: NamespaceSandbox) -> None:
    stop = Noticing()

    def ask() -> None:
        stop.begun.wait()
        stop.ask()

    thread = threading.Thread(target=ask)
    thread.start()
    with pytest.raises(RunStoppedError):
        jail.run(SPINS, b"", ENDLESS, stop)
    thread.join()


def test_no_run_begins_after_it_was_asked_for(jail: NamespaceSandbox) -> None:
    stop = Stop()
    stop.ask()
    with pytest.raises(RunStoppedError):
        jail.run(SPINS, b"", ENDLESS, stop)


def test_what_has_ended_is_not_ended_again() -> None:
    stop = Stop()
    ended: list[str] = []
    with stop.ends(lambda: ended.append("first")):
        pass
    with pytest.raises(RunStoppedError), stop.ends(lambda: ended.append("second")):
        stop.ask()
    assert ended == ["second"]
