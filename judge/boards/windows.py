"""The windows of time that boards are kept for.

A board is what it would be if only the submissions of its window existed. A submission counts
in the window of the moment it was made in, whenever its verdict came. Weeks begin on Monday,
all by UTC.
"""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import StrEnum

DAY_S = 86400
ALWAYS_S = 1e15
"""A window's end that lies after every submission."""


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


def window_of(period: Period, at: float) -> Window:
    """The window of this kind that the moment `at` (epoch seconds) lies in."""
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
    """The calendar's windows that a submission made at `at` counts in."""
    return tuple(window_of(period, at) for period in Period)


def set_window(set_id: str, starts_at: float | None, ends_at: float | None) -> Window:
    """A practice set's window; a date that is missing is no bound."""
    starts = 0.0 if starts_at is None else starts_at
    return Window(f"set:{set_id}", starts, ALWAYS_S if ends_at is None else ends_at)


def day_of(at: float) -> int:
    """Days since 1970 (UTC)."""
    return int(at // DAY_S)
