"""The boards' rules without a database: what counts, and for how many points.

`judge.boards.keeping` implements the same rules in SQL, for one verdict at a time; a rebuild uses
this module. A property test checks that both agree.
"""

import statistics
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from judge.boards.windows import Window
from judge.verdict import Verdict

POINTS = {"easy": 1, "medium": 2, "hard": 3}

ENOUGH_TIMINGS = 5
"""The true median lies between the least and the greatest of five timings in 15 of 16 cases."""
_LEAST_HALF_S = 0.001
# Half of an interval's width, as a share of the median.
_WIDTH_WHEN_FEW = 0.1
_WIDTH_WHEN_ENOUGH = 0.02


def points_of(difficulty: str) -> int:
    """The points for solving a problem."""
    return POINTS.get(difficulty, 1)


@dataclass(frozen=True, slots=True)
class Attempt:
    """A submission that has a verdict. `submitted_at` in epoch seconds."""

    submitted_at: float
    verdict: Verdict


@dataclass(frozen=True, slots=True)
class CellSum:
    """The result of a user's attempts at one problem within a window."""

    solved_at: float | None
    num_judged: int


def cell_of(attempts: Iterable[Attempt], window: Window) -> CellSum | None:
    """The result of the attempts inside `window`; None if there are none."""
    inside = [attempt for attempt in attempts if attempt.submitted_at in window]
    if not inside:
        return None
    solved_at = min((a.submitted_at for a in inside if a.verdict is Verdict.AC), default=None)
    counted = [
        a
        for a in inside
        if a.verdict.facts.is_attempt and (solved_at is None or a.submitted_at <= solved_at)
    ]
    return CellSum(solved_at, len(counted))


@dataclass(frozen=True, slots=True)
class Interval:
    """A CPU time (s): the median of its timings, and the lower and upper end of its interval."""

    median_s: float
    low_s: float
    high_s: float
    num_timings: int


def interval_of(timings: Sequence[float]) -> Interval:
    """The interval for at least one timing (s). It is wider for few timings, and its half is never
    less than 1 ms, because no clock measures a millisecond reliably."""
    median = statistics.median(timings)
    width = _WIDTH_WHEN_FEW if len(timings) < ENOUGH_TIMINGS else _WIDTH_WHEN_ENOUGH
    half = max(_LEAST_HALF_S, width * median)
    # The interval contains every timing.
    low = max(0.0, min(min(timings), median - half))
    return Interval(median, low, max(max(timings), median + half), len(timings))
