"""Pictures drawn by the server: geometry for a template, with colours by class."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from judge.accounts.profiles import Day

_STEP = 14
_EPOCH = date(1970, 1, 1)
_LEVELS = (1, 3, 6, 10)
"""From so many submissions on a day is darker."""


@dataclass(frozen=True, slots=True)
class Square:
    """One day: its place, how dark it is (0 to 4), and what it stands for."""

    x: int
    y: int
    level: int
    day: Day


@dataclass(frozen=True, slots=True)
class Month:
    """Where a month begins."""

    x: int
    number: int


@dataclass(frozen=True, slots=True)
class Year:
    """A column a week, Monday on top."""

    squares: tuple[Square, ...]
    months: tuple[Month, ...]
    width: int


def year_diagram(days: Sequence[Day], first: int, last: int) -> Year:
    """The days from `first` to `last`, in days since 1970; those without submissions are absent
    from `days`."""
    known = {day.date: day for day in days}
    squares, months = [], []
    begins = _EPOCH + timedelta(days=first)
    offset = begins.weekday()
    for number in range(last - first + 1):
        at = begins + timedelta(days=number)
        week, weekday = divmod(number + offset, 7)
        day = known.get(at.isoformat(), Day(at.isoformat(), 0, 0))
        level = sum(day.num_judged >= least for least in _LEVELS)
        squares.append(Square(week * _STEP, weekday * _STEP, level, day))
        if at.day == 1:
            months.append(Month(week * _STEP, at.month))
    return Year(tuple(squares), tuple(months), (last - first + offset) // 7 * _STEP + _STEP)
