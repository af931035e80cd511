"""The limit on the wall time of all runs of one judging together.

A run that sleeps uses no CPU time, but it occupies a worker that others wait for. Each run has a
limit on wall time, generous enough for an honest submission on a busy machine. If every run could
take that long, a submission with thirty tests could occupy a worker for minutes.

A test that is tried before its turn has an account of its own, which is charged when its turn
comes: so the outcome is the same whether tests run side by side or one after the other.
"""

import math
from dataclasses import dataclass, replace

from judge.job import JudgeJob
from judge.limits import Limits
from judge.result import Ending, RunResult
from worker.sandbox import pressure


@dataclass(slots=True)
class TimeBudget:
    """The budget of one judging: `total_s` seconds in all, of which `left_s` are left.

    `exceeded` is set if a run was ended because of this budget and not by its own limit. A judging
    that ends in time, even in the last moment, has not exceeded it.
    """

    total_s: float = math.inf
    left_s: float = math.inf
    exceeded: bool = False

    @property
    def is_spent(self) -> bool:
        """Whether there is no time for another run."""
        return self.left_s <= 0.0

    def within(self, limits: Limits) -> Limits:
        """Return `limits` with the wall time cut to what is left."""
        return replace(limits, wall_s=min(limits.wall_s, self.left_s))

    def charge(self, run: RunResult, allowed: Limits) -> None:
        """Subtract the time that `run` took, without its time waiting for a CPU or for a validator
        that computes.

        `allowed` are the limits that `within` returned for it.
        """
        # Whether the budget, and not the run's own limit, would end it.
        was_last = allowed.wall_s >= self.left_s
        own_s = pressure.own_s(run.usage.wall_s - run.listened_s, run.waited_s)
        self.left_s = max(0.0, self.left_s - own_s)
        if run.ending is Ending.WALL_LIMIT and was_last:
            self.exceeded, self.left_s = True, 0.0

    def ahead(self) -> "Advance":
        """Open an account for a test whose turn may not have come yet."""
        left_s = self.left_s
        return Advance(left_s, TimeBudget(self.total_s, left_s))

    def settle(self, advance: "Advance") -> bool:
        """Charge the time that a test used ahead of its turn, now that its turn has come.

        Return False if it took more time than is left in its turn: then nothing is charged, and the
        caller has to try the test again.
        """
        test = advance.budget
        # It had exactly the time that is left in its turn, so its result is valid in any case.
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
    """A test's own account: a `budget` of `given_s` seconds, the time left when it began."""

    given_s: float
    budget: TimeBudget


def budget_of(job: JudgeJob, limits: Limits) -> TimeBudget:
    """Return a budget: the CPU limit for each run of each test, plus once the wall limit's surplus.

    `limits` are those of one run in the submission's language.
    """
    passes = job.validator.passes if job.validator else 1
    runs = max(1, len(job.tests) * passes)
    total_s = limits.wall_s + (runs - 1) * limits.cpu_s
    return TimeBudget(total_s, total_s)
