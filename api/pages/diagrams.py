"""Diagrams: compute the coordinates that the templates draw as SVG, with colours by CSS class."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from functools import lru_cache
from math import ceil, floor, isfinite, log10
from sys import float_info
from typing import ClassVar

from judge.accounts.profiles import Day
from judge.boards.runtimes import Runtimes

# Pixels from one square to the next.
_STEP = 14
# The width of a label below a scale, with some space, in pixels.
_LABEL_WIDTH = 56
_EPOCH = date(1970, 1, 1)
_LEVELS = (1, 3, 6, 10)
"""The numbers of submissions from which a day is one level darker."""


@dataclass(frozen=True, slots=True)
class Square:
    """The square of one day: its position, how dark it is (0 to 4), and the day."""

    x: int
    y: int
    level: int
    day: Day


@dataclass(frozen=True, slots=True)
class Month:
    """A month: where it begins, and its number."""

    x: int
    number: int


@dataclass(frozen=True, slots=True)
class Year:
    """The diagram of a year: a column for each week, Monday at the top."""

    squares: tuple[Square, ...]
    months: tuple[Month, ...]
    width: int


@lru_cache(maxsize=64)
def year_diagram(days: tuple[Day, ...], first: int, last: int) -> Year:
    """Draw the days from `first` to `last`, in days since 1970; `days` lacks those without
    submissions."""
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
    # The width: where the last day's column begins, plus one square.
    return Year(tuple(squares), tuple(months), (last - first + offset) // 7 * _STEP + _STEP)


@dataclass(frozen=True, slots=True)
class Tick:
    """A power of ten on a ruler."""

    x: float
    text: str


@dataclass(frozen=True, slots=True)
class Ruler:
    """Two positions on a logarithmic scale: the allowed error, and the actual one."""

    allowed_x: float
    error_x: float
    ticks: tuple[Tick, ...]
    LEFT: ClassVar[int] = 20
    RIGHT: ClassVar[int] = 380


def ruler(error: float, allowed: float | None) -> Ruler | None:
    """Draw an error on a ruler; None if it has no position there."""
    # 0 and infinity have no position on a logarithmic scale.
    if not allowed or not isfinite(error) or error <= 0:
        return None
    # The scale goes at least from 1e-8 to 1e2, so that most rulers look alike.
    low, high = (
        min(-8, floor(log10(allowed))),
        max(2, min(ceil(log10(error)), float_info.max_10_exp)),
    )

    def x(value: float) -> float:
        share = (log10(value) - low) / (high - low)
        return round(Ruler.LEFT + share * (Ruler.RIGHT - Ruler.LEFT), 1)

    # At most every second power has a label, so that labels don't touch.
    step = max(2, 2 * round((high - low) / 10))
    ticks = tuple(Tick(x(10.0**power), f"{10.0**power:g}") for power in range(low, high + 1, step))
    return Ruler(x(allowed), x(error), ticks)


@dataclass(frozen=True, slots=True)
class TimesRuler:
    """How many times the allowed error an error is. Only its power of ten is known, so that it lies
    between two positions."""

    allowed_x: float
    least_x: float
    most_x: float
    ticks: tuple[Tick, ...]
    LEFT: ClassVar[int] = Ruler.LEFT
    RIGHT: ClassVar[int] = Ruler.RIGHT


def times_ruler(power: int) -> TimesRuler:
    """Draw an error that is 10^power to 10^(power + 1) times the allowed one."""
    # The scale goes at least up to a million times, so that most rulers look alike.
    low, high = -2, max(6, power + 1)

    def x(exponent: int) -> float:
        share = (exponent - low) / (high - low)
        return round(Ruler.LEFT + share * (Ruler.RIGHT - Ruler.LEFT), 1)

    step = max(2, 2 * round((high - low) / 10))
    ticks = tuple(Tick(x(each), f"{10.0**each:g}") for each in range(0, high + 1, step))
    return TimesRuler(x(0), x(power), x(power + 1), ticks)


@dataclass(frozen=True, slots=True)
class Bar:
    """A column of a histogram."""

    x: float
    y: float
    width: float
    height: float
    text: str
    mine: bool


@dataclass(frozen=True, slots=True)
class Histogram:
    """Columns over a logarithmic scale of seconds. The reader's own submission is at `mine_x`; the
    interval of its time begins at `tie_x` and is `tie_width` wide."""

    bars: tuple[Bar, ...]
    ticks: tuple[Tick, ...]
    mine_x: float
    tie_x: float
    tie_width: float
    LEFT: ClassVar[int] = 40
    RIGHT: ClassVar[int] = 620
    BASE: ClassVar[int] = 150
    TALLEST: ClassVar[int] = 105


def histogram(runtimes: Runtimes) -> Histogram | None:
    """Draw a problem's runtimes and the time of one submission; None if either is missing."""
    bins, mine = runtimes.bins, runtimes.mine
    if not bins or mine is None:
        return None
    low, high = bins[0].low_s, bins[-1].high_s

    def x(value: float) -> float:
        # A time's interval may reach beyond the first and the last bin.
        share = log10(min(max(value, low), high) / low) / log10(high / low)
        return round(Histogram.LEFT + share * (Histogram.RIGHT - Histogram.LEFT), 1)

    most = max(one.count for one in bins)
    bars = []
    for one in bins:
        height = round(Histogram.TALLEST * one.count / most, 1)
        left, right = x(one.low_s), x(one.high_s)
        # A pixel on each side stays free.
        bars.append(
            Bar(
                left + 1,
                round(Histogram.BASE - height, 1),
                round(right - left - 2, 1),
                height,
                f"{one.low_s:.3g}–{one.high_s:.3g} s: {one.count}",
                one.low_s <= mine.time < one.high_s or (one is bins[-1] and mine.time >= high),
            )
        )
    # Ticks are round numbers, far enough apart that their labels don't touch.
    ticks: list[Tick] = []
    for power in range(floor(log10(low)), ceil(log10(high)) + 1):
        for step in (1, 1.5, 2, 3, 5, 7):
            value = step * 10.0**power
            if low <= value <= high and (not ticks or x(value) - ticks[-1].x >= _LABEL_WIDTH):
                ticks.append(Tick(x(value), f"{value:g} s"))
    tie_x = x(mine.time_low_s)
    return Histogram(
        tuple(bars),
        tuple(ticks),
        x(mine.time),
        tie_x,
        round(x(mine.time_high_s) - tie_x, 1),
    )


@dataclass(frozen=True, slots=True)
class Mark:
    """A line of the grid and its label."""

    y: float
    text: str


@dataclass(frozen=True, slots=True)
class Chart:
    """Curves over the same time. Each series has one or more lines, separated by gaps in its
    values; a line is a list of points."""

    lines: tuple[tuple[str, ...], ...]
    marks: tuple[Mark, ...]
    WIDTH: ClassVar[int] = 560
    HEIGHT: ClassVar[int] = 96
    LEFT: ClassVar[int] = 44


def chart(*series: Sequence[float | None], unit: str = "") -> Chart:
    """Draw the curves of `series`, from 0 up to a round number that none of them exceeds."""
    top = _round_above(max((value for one in series for value in one if value), default=0.0))

    def y(value: float) -> float:
        # 14 pixels at the top stay free for the highest line's label.
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
                # A line needs two points: a single value becomes a short dash.
                alone = f"{round(x - step + 3, 1)},{points[0].partition(',')[2]}"
                yield " ".join(points if len(points) > 1 else [*points, alone])
                points = []

    marks = tuple(Mark(y(top * part / 2), f"{top * part / 2:g}{unit}") for part in range(3))
    return Chart(tuple(tuple(lines(one)) for one in series), marks)


def _round_above(value: float) -> float:
    """Return the smallest 1, 2 or 5 times a power of ten that is not below `value`."""
    if value <= 0:
        return 1.0
    power = 10.0 ** floor(log10(value))
    # 1e-9: a value that is a step itself must not move to the next one by rounding errors.
    return next(step * power for step in (1, 2, 5, 10) if step * power >= value * (1 - 1e-9))
