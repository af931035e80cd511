"""Rounds times and memory as they are shown; those of hidden tests are shown less exactly."""

from math import floor, log10

_STEPS = (1.0, 1.25, 1.6, 2.0, 2.5, 3.2, 4.0, 5.0, 6.3, 8.0, 10.0)
"""The preferred numbers of Renard's series R10."""


def coarse_time(time_s: float) -> float:
    """A hidden test's time as it is shown. A submission can choose how long it runs, and could
    reveal its input in this way; so the time is rounded up to about the precision of the
    measurement.
    """
    return _rounded_up(time_s)


def coarse_bytes(memory_bytes: int) -> int:
    """A hidden test's memory as it is shown, rounded up as `coarse_time` is."""
    return int(_rounded_up(float(memory_bytes)))


def shown_time(time_s: float | None) -> float | None:
    """A judging's time. Only its longest test counts, so milliseconds may be shown."""
    return None if time_s is None else round(time_s, 3)


def _rounded_up(amount: float) -> float:
    """Round up to the next of the ten preferred numbers in its power of ten; 0 stays 0."""
    if amount <= 0:
        return 0.0
    # The power of ten below the amount; the steps go up to the next one.
    exponent = floor(log10(amount))
    steps = (step * 10.0**exponent for step in _STEPS)
    # 1e-9: an amount that is a step itself must not go up to the next one by rounding.
    return float(f"{next(step for step in steps if step >= amount * (1 - 1e-9)):.3g}")
