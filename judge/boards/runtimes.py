"""How fast a problem's accepted solutions are: a histogram, and one submission's place in it.

Each solver counts once, with the fastest submission, as on the problem's board. Two times tie if
their intervals overlap.
"""

import time
from bisect import bisect_left, bisect_right
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from weakref import WeakKeyDictionary

from sqlalchemy import select
from sqlalchemy.orm import Session

from judge.db.board_models import FastestSolve, Judged
from judge.db.models import Problem
from judge.db.session import Database
from judge.errors import NotFoundError
from judge.verdict import Verdict

NUM_BINS = 17
ENOUGH_SOLUTIONS = 20
"""With fewer solutions, a percentage of them says nothing."""
# Times (s) below this can't be told apart; and a logarithmic scale has no place for 0.
_LEAST_S = 0.001


@dataclass(frozen=True, slots=True)
class Bin:
    """How many medians lie from `low_s` up to `high_s` (CPU s)."""

    low_s: float
    high_s: float
    count: int


@dataclass(frozen=True, slots=True)
class MyRuntime:
    """A submission's median of `num_timings` timings (CPU s) and its interval, compared with other
    users' solutions: how many tie with it, and how many are slower."""

    time: float
    time_low_s: float
    time_high_s: float
    num_timings: int
    num_others: int
    num_ties: int
    num_slower: int


@dataclass(frozen=True, slots=True)
class Runtimes:
    """The medians (CPU s) of all solvers. Bins are equally wide on a logarithmic scale; half of the
    medians lie between the quartiles, which are None if there are no solutions."""

    num_solutions: int
    lower_quartile_s: float | None
    upper_quartile_s: float | None
    bins: tuple[Bin, ...]
    mine: MyRuntime | None


@dataclass(frozen=True, slots=True)
class _Solves:
    """The CPU times (s) of a problem's solvers; each column is sorted by itself, ascending."""

    medians: Sequence[float]
    lows: Sequence[float]
    highs: Sequence[float]


# Reading ten thousand solvers takes longer than the rest of a page. So many are read again only
# after 50 times as long as the reading took; a smaller number is read each time.
_MANY = 1000
_REST = 50
_READ: WeakKeyDictionary[Database, dict[str, tuple[float, _Solves]]] = WeakKeyDictionary()


def read_runtimes(db: Database, slug: str, submission_id: str | None = None) -> Runtimes:
    """The runtimes of a problem's solutions; `mine` is set if the submission is accepted.

    Raises NotFoundError, UnavailableError."""
    with db.read() as session:
        problem_id = session.scalar(
            select(Problem.id).where(Problem.slug == slug, Problem.withdrawn_at.is_(None))
        )
        if problem_id is None:
            raise NotFoundError(f"There is no problem {slug!r}.")
        solves = _solves(db, session, problem_id)
        mine = _place(session, solves, problem_id, submission_id or "")
    count = len(solves.medians)
    return Runtimes(
        num_solutions=count,
        lower_quartile_s=solves.medians[count // 4] if count else None,
        upper_quartile_s=solves.medians[3 * count // 4] if count else None,
        # `mine` needs a bin too, although its author may have a faster solution that counts.
        bins=bins_of(solves.medians, [] if mine is None else [mine.time]),
        mine=mine,
    )


def _solves(db: Database, session: Session, problem_id: str) -> _Solves:
    known = _READ.setdefault(db, {})
    begun = time.monotonic()
    if problem_id in known and begun < known[problem_id][0]:
        return known[problem_id][1]
    query = select(FastestSolve.median_s, FastestSolve.low_s, FastestSolve.high_s).where(
        FastestSolve.problem_id == problem_id, FastestSolve.listed.is_(True)
    )
    rows = session.execute(query).all()
    found = _Solves(*(sorted(row[number] for row in rows) for number in range(3)))
    if len(rows) > _MANY:
        now = time.monotonic()
        known[problem_id] = (now + _REST * (now - begun), found)
    return found


def _place(
    session: Session, solves: _Solves, problem_id: str, submission_id: str
) -> MyRuntime | None:
    """The place of an accepted submission; None for any other."""
    timed = select(
        Judged.user_id, Judged.median_s, Judged.low_s, Judged.high_s, Judged.num_timings
    ).where(
        Judged.submission_id == submission_id,
        Judged.problem_id == problem_id,
        Judged.verdict == Verdict.AC,
    )
    mine = session.execute(timed).one_or_none()
    # A judging without any test has no time, even if it is accepted.
    if mine is None or mine.median_s is None:
        return None
    own = session.get(FastestSolve, (problem_id, mine.user_id))
    slower = len(solves.lows) - bisect_right(solves.lows, mine.high_s)
    faster = bisect_left(solves.highs, mine.low_s)
    others = len(solves.lows)
    # The author's own solution is not one of the others.
    if own is not None and own.listed:
        others -= 1
        slower -= own.low_s > mine.high_s
        faster -= own.high_s < mine.low_s
    return MyRuntime(
        mine.median_s, mine.low_s, mine.high_s, mine.num_timings,
        others, others - slower - faster, slower,
    )  # fmt: skip


def bins_of(medians: Sequence[float], shown: Sequence[float] = ()) -> tuple[Bin, ...]:
    """A histogram of `medians` (ascending, s) that is wide enough for `shown` too."""
    everything = [max(_LEAST_S, value) for value in (*medians, *shown)]
    if not medians:
        return ()
    low, high = min(everything), max(everything)
    # All alike: one bin, as wide as the least difference that a clock can measure.
    if high - low < _LEAST_S:
        return (Bin(low, high + _LEAST_S, len(medians)),)
    ratio = (high / low) ** (1 / NUM_BINS)
    # The first bin holds all below its upper edge, the last one all above its lower edge.
    edges = [low * ratio**number for number in range(1, NUM_BINS)]
    places = [0, *(bisect_left(medians, edge) for edge in edges), len(medians)]
    return tuple(
        Bin(low * ratio**number, low * ratio ** (number + 1), after - before)
        for number, (before, after) in enumerate(pairwise(places))
    )
