"""How long judgings waited in the last hour: how many waited each minute, and for how long."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import accumulate

from sqlalchemy import func, select

from judge.db.models import Judging
from judge.db.session import Database
from judge.ids import first_id
from judge.verdict import Verdict

MINUTE_S = 60.0
DAY_S = 86400.0
LOOKED_BACK_S = 3600.0
"""Judgings sent longer before the first minute are not looked for: that would take a scan."""
MOST_ROWS = 50_000
"""Of a busier hour only the newest judgings are counted."""


@dataclass(frozen=True, slots=True)
class Minute:
    """`at` is its beginning, in epoch seconds. `waiting` judgings waited at its end; `started`
    began in it. Half of these had waited up to `wait_p50_s`, 95 of 100 up to `wait_p95_s`; None if
    none began."""

    at: float
    waiting: int
    started: int
    wait_p50_s: float | None
    wait_p95_s: float | None


@dataclass(frozen=True, slots=True)
class History:
    """The minutes, oldest first; the last one is not over yet. Over all of them: how many judgings
    ended, and how long those that began had waited; and how many became JE since midnight (UTC)."""

    minutes: tuple[Minute, ...]
    num_judged: int
    wait_p50_s: float | None
    wait_p95_s: float | None
    judge_errors_today: int


def read_history(db: Database, minutes: int = 60) -> History:
    """The last `minutes`. Raises UnavailableError."""
    with db.read() as session:
        now = db.now(session)
        begins = (now // MINUTE_S - (minutes - 1)) * MINUTE_S
        # Ids sort by time, and are the primary key.
        query = (
            select(Judging.created_at, Judging.started_at, Judging.finished_at)
            .where(Judging.id >= first_id(begins - LOOKED_BACK_S))
            .order_by(Judging.id.desc())
            .limit(MOST_ROWS)
        )
        rows = session.execute(query).all()
        midnight = now // DAY_S * DAY_S
        errors = select(func.count()).where(
            Judging.id >= first_id(midnight - LOOKED_BACK_S),
            Judging.verdict == Verdict.JE,
            Judging.finished_at >= midnight,
        )
        judge_errors_today = session.scalar(errors) or 0
    began = [(created, at) for created, at, _ in rows if at is not None and at >= begins]
    waits = [max(0.0, at - created) for created, at in began]
    return History(
        tuple(minutes_of([(created, started) for created, started, _ in rows], begins, minutes)),
        sum(at is not None and at >= begins for _, _, at in rows),
        quantile(waits, 50),
        quantile(waits, 95),
        judge_errors_today,
    )


def minutes_of(
    rows: Sequence[tuple[float, float | None]], begins: float, minutes: int
) -> list[Minute]:
    """The minutes from `begins` on, computed from judgings' (creation time, start time)."""
    # `changes` is arrivals minus starts in each minute; its running sum is how many wait.
    changes = [0] * (minutes + 1)
    waits: list[list[float]] = [[] for _ in range(minutes)]
    for created, started in rows:
        # A judging from before the first minute counts as waiting from its beginning on.
        came = max(0, int((created - begins) // MINUTE_S))
        changes[min(came, minutes)] += 1
        if started is None:
            continue
        left = int((started - begins) // MINUTE_S)
        changes[min(max(left, came), minutes)] -= 1
        if 0 <= left < minutes:
            waits[left].append(max(0.0, started - created))
    waiting = list(accumulate(changes))
    return [
        Minute(
            begins + number * MINUTE_S,
            waiting[number],
            len(waits[number]),
            quantile(waits[number], 50),
            quantile(waits[number], 95),
        )
        for number in range(minutes)
    ]


def quantile(values: list[float], percent: int) -> float | None:
    """The least value that `percent` of 100 values do not exceed."""
    if not values:
        return None
    # Rounded up: the rank, from 1, of the first value that enough others do not exceed.
    return sorted(values)[-(-len(values) * percent // 100) - 1]
