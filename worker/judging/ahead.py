"""Runs several tests of one judging side by side, while cores are idle.

Theory of operation. The judging asks for the tests one after the other, in the order in which they
are reported. Meanwhile threads *try* the next tests *ahead*, as long as there are spare cores.
Before each such test the thread asks again for a spare core: so a submission that arrives gets its
core after at most one test.

The results are the same as if the tests ran one after the other. A result is used in its turn. If
its turn never comes, because the judging ends or leaves a group, its run is ended and the result is
dropped.
Each test has its own time account, which is charged in its turn. If a test took more time than is
left in its turn, it is tried again then. An internal error is raised in its test's turn.

Memory: at most `_TESTS_A_CORE` results for each core wait for their turn.
"""

import threading
from collections.abc import Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass, field, replace
from types import TracebackType
from typing import Protocol, Self

from judge.job import TestCase
from worker.judging.attempts import Attempt, TestJudge
from worker.judging.time_budget import Advance
from worker.sandbox.stop import Stop

_TESTS_A_CORE = 2
_LOOK_EVERY_S = 0.5


class SpareCores(Protocol):
    """Idle cores that a judging may use in addition to its own one. Thread-safe."""

    @property
    def at_once(self) -> int:
        """The maximum number of tests of a judging that may run at once."""

    def take(self) -> bool:
        """Reserve an idle core for one test; return False if there is none."""

    def give_back(self) -> None:
        """Give one core back."""


class NoSpareCores:
    """No spare cores: tests run one after the other."""

    at_once = 1

    def take(self) -> bool:
        """See SpareCores."""
        return False

    def give_back(self) -> None:
        """See SpareCores."""
        raise AssertionError("none was taken")


@dataclass(slots=True)
class _Trial:
    time: Advance
    stop: Stop = field(default_factory=Stop)
    future: Future[Attempt] = field(default_factory=Future)

    def drop(self) -> None:
        self.future.cancel()
        self.stop.ask()


class TestsAhead:
    """Tries `tests` in order, inside the `with` block; its end stops the tests that still run.

    Used by one thread. With one core, this thread runs all tests itself.
    """

    __test__ = False

    def __init__(self, judge: TestJudge, tests: Sequence[TestCase], cores: SpareCores) -> None:
        self._judge = judge
        self._tests = tests
        self._places = {test.name: place for place, test in enumerate(tests)}
        self._cores = cores
        self._threads = ThreadPoolExecutor(cores.at_once, "tests-ahead")
        self._lock = threading.Lock()
        self._trials: dict[int, _Trial] = {}
        self._turn = self._next = 0
        self._running = self._taken = 0
        self._ended = False

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.end()
        self._threads.shutdown()

    def end(self) -> None:
        """Begin no further test, and end the running ones; returns at once."""
        with self._lock:
            self._ended = True
            dropped = list(self._trials.values())
        for trial in dropped:
            trial.drop()

    def attempt(self, test: TestCase) -> Attempt:
        """Return the attempt at `test`, whose turn it is. Tests before it are dropped.

        Raises SandboxError, TestDataError, CheckingFailedError.
        """
        judge = self._judge
        if self._cores.at_once > 1:
            trial = self._take_turn(self._places[test.name])
            # A signal just before a wait doesn't end the wait, so it is handled at the next round.
            # `wait` is not used: it is made for many futures and costs more time per test.
            while not trial.future.done():
                with suppress(TimeoutError):
                    trial.future.exception(_LOOK_EVERY_S)
            attempt = trial.future.result()
            if judge.runner.budget.settle(trial.time):
                return attempt
        return judge.attempt(test, judge.runner)

    def _take_turn(self, turn: int) -> _Trial:
        with self._lock:
            self._turn = turn
            self._next = max(self._next, turn)
            passed_over = [self._trials.pop(place) for place in list(self._trials) if place < turn]
        for trial in passed_over:
            trial.drop()
        self._begin_some()
        # It stays in the dict, so that `end` can stop it while this thread waits for it.
        with self._lock:
            return self._trials[turn]

    def _begin_some(self) -> None:
        """Begin the test whose turn it is, and further ones while there are spare cores."""
        begun: list[Future[Attempt]] = []
        with self._lock:
            last = min(len(self._tests), self._turn + _TESTS_A_CORE * self._cores.at_once)
            while self._next < last and not self._ended:
                ahead = self._next > self._turn
                if ahead and (self._judge.runner.budget.is_spent or not self._has_core()):
                    break
                # Stored before it begins, because a signal may end this block at any moment.
                trial = self._trials[self._next] = _Trial(self._judge.runner.budget.ahead())
                runner = replace(self._judge.runner, budget=trial.time.budget, stop=trial.stop)
                test = self._tests[self._next]
                trial.future = self._threads.submit(self._judge.attempt, test, runner)
                self._running += 1
                begun.append(trial.future)
                self._next += 1
        # Outside the lock: if the future is done already, the callback runs at once.
        for future in begun:
            future.add_done_callback(self._on_done)

    def _has_core(self) -> bool:
        # The first one runs on the judging's own core.
        if self._running <= self._taken:
            return True
        taken = self._cores.take()
        self._taken += taken
        return taken

    def _on_done(self, _: Future[Attempt]) -> None:
        with self._lock:
            self._running -= 1
            # Give the core back even if it is taken again at once: others may need it now.
            while self._taken > max(0, self._running - 1):
                self._cores.give_back()
                self._taken -= 1
        self._begin_some()
