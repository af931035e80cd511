"""Checks whether random numbers have the right distribution, for answers that are random.

A correct submission draws new numbers in every run, so each test below rejects correct numbers only
with a probability of about 1e-10. The tests look for common mistakes: the bounds, the shape of the
distribution over the whole range, repetition, and rows and columns that depend on each other.
"""

from collections.abc import Callable, Iterator, Sequence
from math import erfc, log, sqrt

import numpy as np
import numpy.typing as npt

from judge.differences import Reason

Floats = npt.NDArray[np.float64]
Bounds = Callable[[int, int], tuple[float, float]]
"""Bounds for the means of correct numbers, by how many numbers a mean has and how many comparisons
are made.
"""

_CHANCE = 1e-10
_ROUNDING = 1e-6
"""A margin, as a share of the range: float32 may round a bound upwards."""
_FEWEST = 60
"""Shorter lines aren't compared. The mean of this many uniform numbers, of their squares or of
their products is close enough to a normal distribution."""
# A table of n lines needs n * n products: longer axes are skipped.
_MOST_LINES = 1024
_SLOPES = np.geomspace(1e-4, 1e2, 200)
"""The slopes for `_means_between`. Each gives valid bounds, and the best one the tightest."""
_SUMMING = 1e-9
"""An upper bound on the rounding error of a float64 sum of numbers of size 1."""
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
    if _dependent(standard, shape, _normal_between):
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
    steps = (wanted - mean) / deviation
    # The means of rare values' products are far from a normal distribution, whose bounds reject
    # one right 64x64 dropout of a hundred at a probability of 0.1, and all at 0.01.
    products = np.outer(steps, steps).ravel()
    weights = np.outer(probabilities, probabilities).ravel()

    def bounds(length: int, comparisons: int) -> tuple[float, float]:
        return _means_between(products, weights, length, comparisons)

    if _dependent(steps[nearest], shape, bounds):
        return Reason.DRAWN_DEPENDENT
    # Rare values that come together in one row are seen in the row's mean, if not in products.
    for lines in _by_axis(steps[nearest], shape):
        count, length = lines.shape
        low, high = _means_between(steps, probabilities, length, count)
        means = lines.mean(axis=1)
        if means.min() < low or means.max() > high:
            return Reason.CHOSEN_UNEVENLY
    shares = np.bincount(nearest, minlength=wanted.size) / values.size
    absent_or_present = np.array([0.0, 1.0])
    for share, chance in zip(shares.tolist(), probabilities.tolist(), strict=True):
        weight = np.array([1 - chance, chance])
        low, high = _means_between(absent_or_present, weight, values.size, wanted.size)
        if not low <= share <= high:
            return Reason.CHOSEN_UNEVENLY
    return None


def _means_between(
    values: Floats, probabilities: Floats, length: int, comparisons: int
) -> tuple[float, float]:
    """Return bounds that hold for the means of `length` independent choices, in all `comparisons`.

    These are Chernoff's bounds, which hold for every length and all probabilities: a mean is above
    m with a probability of at most exp(-length * (slope * m - K(slope))), where K is the logarithm
    of the choices' moment-generating function.
    """
    centre = float(probabilities @ values)
    scale = sqrt(float(probabilities @ (values - centre) ** 2)) or 1.0
    needed = log(2 * comparisons / _CHANCE) / length
    with np.errstate(divide="ignore"):  # a probability may be 0
        weights = np.log(probabilities)
    ends = []
    for side in (-1.0, 1.0):
        steps = side * (values - centre) / scale
        growth = np.logaddexp.reduce(weights + _SLOPES[:, None] * steps, axis=1)
        ends.append(centre + side * scale * float(((growth + needed) / _SLOPES).min()))
    return ends[0] - _SUMMING, ends[1] + _SUMMING


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


def _dependent(standard: Floats, shape: Sequence[int], bounds: Bounds) -> bool:
    """Whether two indices of an axis, e.g. two rows, are correlated; `bounds` are those of the
    means of products."""
    for lines in _by_axis(standard, shape):
        count, length = lines.shape
        products = lines @ lines.T / length
        # Ignore the product of a line with itself.
        np.fill_diagonal(products, 0)
        low, high = bounds(length, count * count)
        if products.min() < low or products.max() > high:
            return True
    return False


def _by_axis(flat: Floats, shape: Sequence[int]) -> Iterator[Floats]:
    """Yield for each axis a table (its length, all the other axes), if both are long enough."""
    whole = flat.reshape(tuple(shape))
    for axis, count in enumerate(shape):
        if 2 <= count <= _MOST_LINES and flat.size >= _FEWEST * count:
            yield np.moveaxis(whole, axis, 0).reshape(count, -1)


def _normal_between(length: int, comparisons: int) -> tuple[float, float]:
    """Return the bounds of means with a normal distribution of variance 1 / `length`."""
    bound = _allowed(comparisons) / sqrt(length)
    return -bound, bound


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
