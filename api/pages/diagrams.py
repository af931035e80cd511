"""Pictures drawn by the server: geometry for a template, with colours by class."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from math import ceil, floor, isfinite, log10
from typing import ClassVar

from judge.accounts.profiles import Day

# Pixels from one square to the next.
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
    # Monday is 0: the first column begins with empty places, unless `first` is a Monday.
    offset = begins.weekday()
    for number in range(last - first + 1):
        at = begins + timedelta(days=number)
        week, weekday = divmod(number + offset, 7)
        day = known.get(at.isoformat(), Day(at.isoformat(), 0, 0))
        level = sum(day.num_judged >= least for least in _LEVELS)
        squares.append(Square(week * _STEP, weekday * _STEP, level, day))
        if at.day == 1:
            months.append(Month(week * _STEP, at.month))
    # The last day's column, and one square more for its own width.
    return Year(tuple(squares), tuple(months), (last - first + offset) // 7 * _STEP + _STEP)


@dataclass(frozen=True, slots=True)
class Tick:
    """A power of ten on a ruler."""

    x: float
    text: str


@dataclass(frozen=True, slots=True)
class Ruler:
    """Two places on a logarithmic scale: what is allowed, and how far off something is."""

    allowed_x: float
    error_x: float
    ticks: tuple[Tick, ...]
    LEFT: ClassVar[int] = 20
    RIGHT: ClassVar[int] = 380


def ruler(error: float, allowed: float | None) -> Ruler | None:
    """The ruler of an error; None where it has no place on one."""
    # A logarithm has no place for 0 and none for infinity.
    if not allowed or not isfinite(error) or error <= 0:
        return None
    # At least from 1e-8 to 1e2, so that most rulers look alike.
    low, high = min(-8, floor(log10(allowed))), max(2, ceil(log10(error)))

    def x(value: float) -> float:
        share = (log10(value) - low) / (high - low)
        return round(Ruler.LEFT + share * (Ruler.RIGHT - Ruler.LEFT), 1)

    # Every second power at the most, for the labels not to touch.
    step = max(2, 2 * round((high - low) / 10))
    ticks = tuple(Tick(x(10.0**power), f"{10.0**power:g}") for power in range(low, high + 1, step))
    return Ruler(x(allowed), x(error), ticks)


@dataclass(frozen=True, slots=True)
class Mark:
    """A line of the grid, and what stands beside it."""

    y: float
    text: str


@dataclass(frozen=True, slots=True)
class Chart:
    """Curves over the same time: for each series the points of its lines, which a gap parts."""

    lines: tuple[tuple[str, ...], ...]
    marks: tuple[Mark, ...]
    WIDTH: ClassVar[int] = 560
    HEIGHT: ClassVar[int] = 96
    LEFT: ClassVar[int] = 44


def chart(*series: Sequence[float | None], unit: str = "") -> Chart:
    """The curves of `series`, from 0 up to a round number above all of them."""
    top = _round_above(max((value for one in series for value in one if value), default=0.0))

    def y(value: float) -> float:
        # 14 pixels are left at the top for the highest line's label.
        return round(Chart.HEIGHT - value / top * (Chart.HEIGHT - 14), 1)

    def lines(values: Sequence[float | None]) -> Iterator[str]:
        step = (Chart.WIDTH - Chart.LEFT - 4) / max(1, len(values) - 1)
        points: list[str] = []
        # The None at the end closes the last line.
        for number, value in enumerate([*values, None]):
            x = round(Chart.LEFT + number * step, 1)
            if value is not None:
                points.append(f"{x},{y(value)}")
            elif points:
                # A line needs two points: a value alone is a short dash.
                alone = f"{round(x - step + 3, 1)},{points[0].partition(',')[2]}"
                yield " ".join(points if len(points) > 1 else [*points, alone])
                points = []

    marks = tuple(Mark(y(top * part / 2), f"{top * part / 2:g}{unit}") for part in range(3))
    return Chart(tuple(tuple(lines(one)) for one in series), marks)


def _round_above(value: float) -> float:
    """1, 2 or 5 times a power of ten, not below `value`."""
    if value <= 0:
        return 1.0
    power = 10.0 ** floor(log10(value))
    # 1e-9: a value that is a step itself must not go up by rounding.
    return next(step * power for step in (1, 2, 5, 10) if step * power >= value * (1 - 1e-9))
