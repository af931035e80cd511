"""Checks whether random numbers have the right distribution, for answers that are random.

A correct submission draws new numbers in every run, so each test below rejects correct numbers only
with a probability of about 1e-10. The tests look for common mistakes: the bounds, the shape of the
distribution over the whole range, repetition, and rows and columns that depend on each other.
"""

from collections.abc import Iterator, Sequence
from math import erfc, log, sqrt

import numpy as np
import numpy.typing as npt

from judge.differences import Reason

Floats = npt.NDArray[np.float64]

_CHANCE = 1e-10
_ROUNDING = 1e-6
"""A margin, as a share of the range: float32 may round a bound upwards."""
_FEWEST = 60
"""The mean of this many numbers is close enough to a normal distribution."""
# A table of n lines needs n * n products: longer axes are skipped.
_MOST_LINES = 1024
_DISTINCT = 0.99
"""The least share of distinct numbers. float32 has 24 bits, so 4,096 correct draws repeat at most
about one number."""


def uniform_fault(values: Floats, shape: Sequence[int], low: float, high: float) -> Reason | None:
    """Return why `values` (flat) of `shape` can't be draws from U(low, high); None if they can.

    Each axis is tested: rows, columns, and calls if these are stacked.
    """
    margin = _ROUNDING * (high - low)
    if not np.isfinite(values).all() or values.min() < low - margin or values.max() > high + margin:
        return Reason.DRAWN_OUTSIDE
    unit = np.sort((values - low) / (high - low))
    if np.unique(values).size < _DISTINCT * values.size:
        return Reason.DRAWN_REPEATED
    # Kolmogorov's distance from U(0, 1). It exceeds d with a probability of at most
    # 2 exp(-2 n d^2) (Massart's bound).
    steps = np.arange(unit.size + 1) / unit.size
    distance = float(max((steps[1:] - unit).max(), (unit - steps[:-1]).max()))
    if distance > sqrt(log(2 / _CHANCE) / (2 * values.size)):
        return Reason.DRAWN_UNEVENLY
    # Both ends must be reached: all n numbers miss a share x of the range with (1 - x)^n.
    if max(unit[0], 1 - unit[-1]) > log(1 / _CHANCE) / values.size:
        return Reason.DRAWN_UNEVENLY
    # Scale to mean 0 and variance 1.
    standard = ((values - low) / (high - low) - 0.5) * sqrt(12)
    if _dependent(standard, shape):
        return Reason.DRAWN_DEPENDENT
    return Reason.DRAWN_UNEVENLY if _lines_differ(standard, shape) else None


def choice_fault(values: Floats, shape: Sequence[int], chances: dict[float, float],
                 tolerance: float) -> Reason | None:  # fmt: skip
    """Return why `values` can't be independent choices with these probabilities; None if they can.

    `tolerance` is how far a number may be from the nearest value of `chances`.
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
    """Whether at some index of an axis the mean is too far from 0 or the mean square from 1."""
    for lines in _by_axis(standard, shape):
        count, length = lines.shape
        bound = _allowed(4 * count) / sqrt(length)
        if (np.abs(lines.mean(axis=1)) > bound).any():
            return True
        # The square of a number from U(-sqrt 3, sqrt 3) has variance 4/5.
        if (np.abs((lines**2).mean(axis=1) - 1) > bound * sqrt(0.8)).any():
            return True
    return False


def _dependent(standard: Floats, shape: Sequence[int]) -> bool:
    """Whether two indices of an axis, e.g. two rows, are correlated."""
    for lines in _by_axis(standard, shape):
        count, length = lines.shape
        products = lines @ lines.T / length
        # Ignore the product of a line with itself.
        np.fill_diagonal(products, 0)
        if np.abs(products).max() > _allowed(count * count) / sqrt(length):
            return True
    return False


def _by_axis(flat: Floats, shape: Sequence[int]) -> Iterator[Floats]:
    """Yield for each axis a table (its length, all the other axes), if both are long enough."""
    whole = flat.reshape(tuple(shape))
    for axis, count in enumerate(shape):
        if 2 <= count <= _MOST_LINES and flat.size >= _FEWEST * count:
            yield np.moveaxis(whole, axis, 0).reshape(count, -1)


def _allowed(comparisons: int) -> float:
    """Return the bound, in standard deviations, that normal numbers keep in all `comparisons`."""
    low, high = 0.0, 40.0
    while high - low > 1e-3:
        middle = (low + high) / 2
        # erfc(x / sqrt 2) is the probability that a normal number is further from 0 than x.
        if erfc(middle / sqrt(2)) * comparisons > _CHANCE:
            low = middle
        else:
            high = middle
    return high
