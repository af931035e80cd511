"""Do numbers look drawn as they should be? For answers that are random.

A right submission draws new numbers in every run, so each test below is passed by all of them but
for a chance of about one in ten thousand million. The tests are about what a wrong one gets
wrong: the bounds, the shape of the distribution over the whole range, repetition, and rows and
columns that depend on each other.
"""

from collections.abc import Iterator, Sequence
from math import erfc, log, sqrt

import numpy as np
import numpy.typing as npt

from judge.differences import Reason

Floats = npt.NDArray[np.float64]

_CHANCE = 1e-10
_ROUNDING = 1e-6
"""Of the range: float32 may round a bound upwards."""
_FEWEST = 60
"""Of so many numbers a mean is near enough to normal."""
# A table of n lines is compared in n * n products: longer axes are left out.
_MOST_LINES = 1024
_DISTINCT = 0.99
"""float32 has 24 bits, so 4,096 right draws repeat one number or none."""


def uniform_fault(values: Floats, shape: Sequence[int], low: float, high: float) -> Reason | None:
    """What is wrong with `values` (flat) of `shape` as draws from U(low, high); None if nothing.

    Each axis is looked at: rows, columns, and calls where these are stacked.
    """
    margin = _ROUNDING * (high - low)
    if not np.isfinite(values).all() or values.min() < low - margin or values.max() > high + margin:
        return Reason.DRAWN_OUTSIDE
    unit = np.sort((values - low) / (high - low))
    if np.unique(values).size < _DISTINCT * values.size:
        return Reason.DRAWN_REPEATED
    # Kolmogorov's distance from U(0, 1). The chance that it is over d is 2 exp(-2 n d^2) at most
    # (Massart's bound).
    steps = np.arange(unit.size + 1) / unit.size
    distance = float(max((steps[1:] - unit).max(), (unit - steps[:-1]).max()))
    if distance > sqrt(log(2 / _CHANCE) / (2 * values.size)):
        return Reason.DRAWN_UNEVENLY
    # Both ends must be reached: no number falls into a share x of the range with (1 - x)^n.
    if max(unit[0], 1 - unit[-1]) > log(1 / _CHANCE) / values.size:
        return Reason.DRAWN_UNEVENLY
    # To mean 0 and variance 1.
    standard = ((values - low) / (high - low) - 0.5) * sqrt(12)
    if _dependent(standard, shape):
        return Reason.DRAWN_DEPENDENT
    return Reason.DRAWN_UNEVENLY if _lines_differ(standard, shape) else None


def choice_fault(values: Floats, shape: Sequence[int], chances: dict[float, float],
                 tolerance: float) -> Reason | None:  # fmt: skip
    """What is wrong with `values` as independent choices, each value with its probability.

    `tolerance` is how far a number may be from the value that it stands for.
    """
    wanted = np.array(sorted(chances))
    nearest = np.abs(values[:, None] - wanted[None, :]).argmin(axis=1)
    if not np.isfinite(values).all() or np.abs(values - wanted[nearest]).max() > tolerance:
        return Reason.OTHER_VALUES
    probabilities = np.array([chances[value] for value in wanted.tolist()])
    mean = float(probabilities @ wanted)
    deviation = sqrt(float(probabilities @ (wanted - mean) ** 2)) or 1.0
    if _dependent((wanted[nearest] - mean) / deviation, shape):
        return Reason.DRAWN_DEPENDENT
    counts = np.bincount(nearest, minlength=wanted.size)
    # The standard deviation of a count (binomial).
    spread = np.sqrt(values.size * probabilities * (1 - probabilities))
    uneven = np.abs(counts - values.size * probabilities) > _allowed(wanted.size) * spread + 1
    return Reason.CHOSEN_UNEVENLY if uneven.any() else None


def _lines_differ(standard: Floats, shape: Sequence[int]) -> bool:
    """Whether at some place of an axis mean or mean square is too far from 0 and 1."""
    for lines in _by_axis(standard, shape):
        count, length = lines.shape
        bound = _allowed(4 * count) / sqrt(length)
        if (np.abs(lines.mean(axis=1)) > bound).any():
            return True
        # The square of a number from U(-sqrt 3, sqrt 3) has the variance 4/5.
        if (np.abs((lines**2).mean(axis=1) - 1) > bound * sqrt(0.8)).any():
            return True
    return False


def _dependent(standard: Floats, shape: Sequence[int]) -> bool:
    """Whether two places of an axis, e.g. two rows, are correlated."""
    for lines in _by_axis(standard, shape):
        count, length = lines.shape
        products = lines @ lines.T / length
        # A line and itself are no pair.
        np.fill_diagonal(products, 0)
        if np.abs(products).max() > _allowed(count * count) / sqrt(length):
            return True
    return False


def _by_axis(flat: Floats, shape: Sequence[int]) -> Iterator[Floats]:
    """For each axis a table (its length, all the other axes), where both are long enough."""
    whole = flat.reshape(tuple(shape))
    for axis, count in enumerate(shape):
        if 2 <= count <= _MOST_LINES and flat.size >= _FEWEST * count:
            yield np.moveaxis(whole, axis, 0).reshape(count, -1)


def _allowed(comparisons: int) -> float:
    """How many standard deviations a normal number keeps below, in all of so many comparisons."""
    low, high = 0.0, 40.0
    while high - low > 1e-3:
        middle = (low + high) / 2
        # erfc(x / sqrt 2) is the chance that a normal number is further from 0 than x.
        if erfc(middle / sqrt(2)) * comparisons > _CHANCE:
            low = middle
        else:
            high = middle
    return high
