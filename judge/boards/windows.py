"""The windows of time that boards are kept for.

A board is computed as if only the submissions of its window existed. A submission counts in the
window in which it was made, whenever its verdict came. Weeks begin on Monday, and all times are
UTC.
"""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import StrEnum

DAY_S = 86400
ALWAYS_S = 1e15
"""A window's end that is later than every submission."""


class Period(StrEnum):
    """The periods that a board can be asked for."""

    WEEK = "week"
    MONTH = "month"
    ALL = "all"


@dataclass(frozen=True, slots=True)
class Window:
    """A board's key, and the submissions that it counts: starts_at <= made at < ends_at."""

    board: str
    starts_at: float = 0.0
    ends_at: float = ALWAYS_S

    def __contains__(self, at: float) -> bool:
        return self.starts_at <= at < self.ends_at


ALL = Window("all")
SETS = "set:"
"""How the keys of practice sets' boards begin."""


def window_of(period: Period, at: float) -> Window:
    """The window of this period that contains the moment `at` (epoch seconds)."""
    if period is Period.ALL:
        return ALL
    today = datetime.fromtimestamp(at, UTC).replace(hour=0, minute=0, second=0, microsecond=0)
    if period is Period.WEEK:
        starts = today - timedelta(days=today.weekday())
        ends = starts + timedelta(days=7)
    else:
        starts = today.replace(day=1)
        # 32 days after the first of any month is a day of the next month.
        ends = (starts + timedelta(days=32)).replace(day=1)
    board = f"{period.value}:{starts.date().isoformat()}"
    return Window(board, starts.timestamp(), ends.timestamp())


def windows_of(at: float) -> tuple[Window, ...]:
    """The calendar windows in which a submission made at `at` counts."""
    return tuple(window_of(period, at) for period in Period)


def set_window(set_id: str, starts_at: float | None, ends_at: float | None) -> Window:
    """A practice set's window; a missing date sets no limit."""
    starts = 0.0 if starts_at is None else starts_at
    return Window(f"{SETS}{set_id}", starts, ALWAYS_S if ends_at is None else ends_at)


def day_of(at: float) -> int:
    """Days since 1970 (UTC)."""
    return int(at // DAY_S)
