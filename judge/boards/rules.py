"""What counts, and how much: the boards' rules, without a database.

`judge.boards.keeping` says the same in SQL, for one verdict at a time; a rebuild uses what is
here, and a property test holds the two together.
"""

import statistics
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from judge.boards.windows import Window
from judge.verdict import Verdict

POINTS = {"easy": 1, "medium": 2, "hard": 3}

ENOUGH_TIMINGS = 5
"""The least and the greatest of five hold the true median between them in 15 cases of 16."""
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
    """The sum over the attempts inside `window`; None where there is none."""
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
    """A CPU time (s): the median of its timings, and the bounds that it lies between."""

    median_s: float
    low_s: float
    high_s: float
    num_timings: int


def interval_of(timings: Sequence[float]) -> Interval:
    """From at least one timing (s). Few timings tell little, and no clock tells a millisecond."""
    median = statistics.median(timings)
    width = _WIDTH_WHEN_FEW if len(timings) < ENOUGH_TIMINGS else _WIDTH_WHEN_ENOUGH
    half = max(_LEAST_HALF_S, width * median)
    # Never narrower than what was measured.
    low = max(0.0, min(min(timings), median - half))
    return Interval(median, low, max(max(timings), median + half), len(timings))
