"""How long the runs of one judging may take together, by the clock.

A run that sleeps costs no CPU time, but it holds a worker that others wait for. Each run has a
wall-clock limit, generous enough for an honest submission on a busy machine; if every run could
take as long, a submission with thirty tests could hold a worker for minutes.

A test that is tried before its turn has an account of its own, which is charged when its turn
comes: so it makes no difference whether tests run side by side or one after the other.
"""

import math
from dataclasses import dataclass, replace

from judge.job import JudgeJob
from judge.limits import Limits
from judge.result import Ending, RunResult
from worker.sandbox import pressure


@dataclass(slots=True)
class TimeBudget:
    """`total_s` seconds in all, of which `left_s` are left.

    `exceeded` is set once a run was cut short for want of time that its own limit would have
    given it; a judging that ends in time, even in its last moment, has not exceeded it.
    """

    total_s: float = math.inf
    left_s: float = math.inf
    exceeded: bool = False

    @property
    def is_spent(self) -> bool:
        """Whether there is no time for another run."""
        return self.left_s <= 0.0

    def within(self, limits: Limits) -> Limits:
        """`limits` for a run that ends when there is no time left."""
        return replace(limits, wall_s=min(limits.wall_s, self.left_s))

    def charge(self, run: RunResult, allowed: Limits) -> None:
        """Subtract the time that `run` took while others did not keep it waiting.

        `allowed` is what `within` returned for it.
        """
        # Whether the budget would end it, and not its own limit.
        was_last = allowed.wall_s >= self.left_s
        own_s = pressure.own_s(run.usage.wall_s, run.waited_s)
        self.left_s = max(0.0, self.left_s - own_s)
        if run.ending is Ending.WALL_LIMIT and was_last:
            self.exceeded, self.left_s = True, 0.0

    def ahead(self) -> "Advance":
        """For a test whose turn may not have come yet."""
        left_s = self.left_s
        return Advance(left_s, TimeBudget(self.total_s, left_s))

    def settle(self, advance: "Advance") -> bool:
        """Charge what a test has used by itself, whose turn it is now.

        False where it would have had less time in its turn than it took: then nothing is charged,
        and the test is to be tried again.
        """
        test = advance.budget
        # It had what it would have in its turn, whatever came of it.
        if advance.given_s == self.left_s:
            self.left_s, self.exceeded = test.left_s, test.exceeded
            return True
        used_s = advance.given_s - test.left_s
        if test.exceeded or used_s >= self.left_s:
            return False
        self.left_s -= used_s
        return True


@dataclass(frozen=True, slots=True)
class Advance:
    """A test's own account: a `budget` of `given_s` seconds, all that was left when it began."""

    given_s: float
    budget: TimeBudget


def budget_of(job: JudgeJob, limits: Limits) -> TimeBudget:
    """The CPU limit for each run of each test, and the clock's extra time once for all of them.

    `limits` are those of one run in the submission's language.
    """
    passes = job.validator.passes if job.validator else 1
    runs = max(1, len(job.tests) * passes)
    total_s = limits.wall_s + (runs - 1) * limits.cpu_s
    return TimeBudget(total_s, total_s)
