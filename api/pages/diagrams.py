"""Pictures drawn by the server: geometry for a template, with colours by class."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from functools import lru_cache
from math import ceil, floor, isfinite, log10
from typing import ClassVar

from judge.accounts.profiles import Day
from judge.boards.runtimes import Runtimes

# Pixels from one square to the next.
_STEP = 14
# That of a label below a scale, with some space.
_LABEL_WIDTH = 56
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


@lru_cache(maxsize=64)
def year_diagram(days: tuple[Day, ...], first: int, last: int) -> Year:
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
class TimesRuler:
    """How many times what is allowed an error is, known to a power of ten: it lies between two
    places."""

    allowed_x: float
    least_x: float
    most_x: float
    ticks: tuple[Tick, ...]
    LEFT: ClassVar[int] = Ruler.LEFT
    RIGHT: ClassVar[int] = Ruler.RIGHT


def times_ruler(power: int) -> TimesRuler:
    """The ruler of an error from 10^power to 10^(power + 1) times what is allowed."""
    # At least to a million times, so that most rulers look alike.
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
    """Columns over a logarithmic scale of seconds; `mine_x` is where one's own submission stands,
    and its interval goes from `tie_x` over `tie_width`."""

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
    """The picture of a problem's runtimes with the place of one submission; None without either."""
    bins, mine = runtimes.bins, runtimes.mine
    if not bins or mine is None:
        return None
    low, high = bins[0].low_s, bins[-1].high_s

    def x(value: float) -> float:
        # The interval of a time may reach beyond the times themselves.
        share = log10(min(max(value, low), high) / low) / log10(high / low)
        return round(Histogram.LEFT + share * (Histogram.RIGHT - Histogram.LEFT), 1)

    most = max(one.count for one in bins)
    bars = []
    for one in bins:
        height = round(Histogram.TALLEST * one.count / most, 1)
        left, right = x(one.low_s), x(one.high_s)
        # A pixel on each side is left free.
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
    # Round numbers, so far apart that their labels don't touch.
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
