"""Pictures of wrong tensors, small enough to look at: three matrices around the worst cell.

They show only what a sample or a run shows anyway: the expected text, the output, and the
difference that the checker found. A hidden test has no text, and so no picture.
"""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from judge.differences import Difference
from judge.tensor_text import FLOATS, FormatError, Tensor, parse

MOST_CELLS = 8
"""How many rows and columns are shown, at most."""
MOST_ELSEWHERE = 8
"""How many other places are named, at most."""
_EXACT = 2.0**53
"""Below it a float64 holds every integer."""
_SHARES = (0.25, 0.75)
"""The shares of the largest error from which a cell is darker."""


@dataclass(frozen=True, slots=True)
class Cell:
    """One value. `level` is 0 if it is right, else 1 to 3 by its share of the largest error."""

    expected: str
    got: str
    difference: str
    level: int
    is_framed: bool


@dataclass(frozen=True, slots=True)
class Elsewhere:
    """Another wrong part of the tensor: its worst place, and how many wrong values it has."""

    index: tuple[int, ...]
    num_wrong: int


@dataclass(frozen=True, slots=True)
class TensorPicture:
    """`cells` are rows; `first_row` and `first_column` are their place in the matrix that `slice`
    names (`[0, :, :]`, empty for a matrix or less). `index` is the framed place; `is_worst` says
    whether it is the worst of all. `elsewhere` are parts of at most MOST_CELLS rows and columns
    that are not shown, the worst first. `allowed` is None if no error is allowed; then, or if the
    largest error is not finite, no scale can show both."""

    name: str
    dtype: str
    shape: tuple[int, ...]
    num_wrong: int
    index: tuple[int, ...]
    is_worst: bool
    elsewhere: tuple[Elsewhere, ...]
    slice: str
    first_row: int
    first_column: int
    cells: tuple[tuple[Cell, ...], ...]
    error: float
    allowed: float | None
    relative: float | None

    @property
    def framed(self) -> Cell:
        """The value at `index`."""
        return next(cell for row in self.cells for cell in row if cell.is_framed)


def picture_of(
    expected: str | None,
    output: str | None,
    difference: Difference | None,
    at: tuple[int, ...] | None = None,
) -> TensorPicture | None:
    """The picture of the tensor that `difference` names, around its worst place or the index `at`.
    None if matrices would show nothing: another shape or dtype, something else than a tensor, a
    text that was cut, or an index that the tensor doesn't have."""
    if expected is None or output is None or difference is None:
        return None
    name = difference.values.get("name")
    want, got = _named(expected, name), _named(output, name)
    if want is None or got is None or (want.shape, want.dtype) != (got.shape, got.dtype):
        return None
    try:
        # Values are read only here; a text that was cut has too few.
        ours, theirs = got.floats, want.floats
    except FormatError:
        return None
    # A tensor on another device has no values to show.
    if not want.size or want.device != "cpu":
        return None
    # Such integers change when they become floats: two that differ would look equal.
    if want.dtype not in FLOATS and max(np.abs(ours).max(), np.abs(theirs).max()) >= _EXACT:
        return None
    with np.errstate(invalid="ignore", over="ignore"):
        errors = np.abs(ours - theirs)
    # Equal infinities have the difference NaN, and equal NaNs are as expected.
    errors[(ours == theirs) | (np.isnan(ours) & np.isnan(theirs))] = 0.0
    # A NaN on one side only counts as an infinite error.
    errors[np.isnan(errors)] = np.inf
    allowed = difference.values.get("allowed")
    wrong = errors > (allowed or 0.0)
    if not wrong.any():
        return None
    # The place that the checker named, so that sentence and picture are about the same one.
    told = difference.values.get("index") or np.unravel_index(int(errors.argmax()), want.shape)
    worst = tuple(int(place) for place in told)
    index = worst if at is None else at
    if len(index) != len(worst) or not all(
        0 <= place < size for place, size in zip(index, want.shape, strict=True)
    ):
        return None
    return _drawn(want, ours, errors, wrong, difference, index, is_worst=index == worst)


def _named(text: str, name: object) -> Tensor | None:
    try:
        entries = parse(text.encode())
    except FormatError:
        return None
    return next((one for one in entries if isinstance(one, Tensor) and one.name == name), None)


def _drawn(
    want: Tensor,
    got: npt.NDArray[np.float64],
    errors: npt.NDArray[np.float64],
    wrong: npt.NDArray[np.bool_],
    difference: Difference,
    index: tuple[int, ...],
    *,
    is_worst: bool,
) -> TensorPicture:
    # The dimensions before the last two are fixed at that place.
    shape = (1, 1, *want.shape)[-2:] if len(want.shape) < 2 else want.shape
    before = index[:-2]
    row, column = (0, 0, *index)[-2:]
    expected_there, got_there, errors_there, wrong_there = (
        values.reshape(shape)[before] for values in (want.floats, got, errors, wrong)
    )
    rows = _window(row, expected_there.shape[0])
    columns = _window(column, expected_there.shape[1])
    largest = float(errors.max())
    cells = tuple(
        tuple(
            Cell(
                _number(expected_there[i, j], want.dtype),
                _number(got_there[i, j], want.dtype),
                _number(errors_there[i, j], want.dtype),
                _level(float(errors_there[i, j]), largest) if wrong_there[i, j] else 0,
                (i, j) == (row, column),
            )
            for j in columns
        )
        for i in rows
    )
    return TensorPicture(
        name=want.name,
        dtype=want.dtype,
        shape=want.shape,
        num_wrong=int(wrong.sum()),
        index=index,
        is_worst=is_worst,
        elsewhere=_elsewhere(
            errors.reshape(want.shape), wrong.reshape(want.shape), (*before, rows, columns)
        ),
        slice=f"[{', '.join([*map(str, before), ':', ':'])}]" if before else "",
        first_row=rows.start,
        first_column=columns.start,
        cells=cells,
        error=largest,
        allowed=difference.values.get("allowed"),
        relative=difference.values.get("relative"),
    )


def _elsewhere(
    errors: npt.NDArray[np.float64],
    wrong: npt.NDArray[np.bool_],
    shown: tuple[int | range, ...],
) -> tuple[Elsewhere, ...]:
    """The wrong parts outside `shown`, which has a place or a range of places per dimension."""
    parts: dict[tuple[int, ...], list[tuple[int, ...]]] = {}
    for found in np.argwhere(wrong):
        index = tuple(map(int, found))
        place = (0,) * (2 - len(index)) + index
        if not all(
            at in there if isinstance(there, range) else at == there
            for at, there in zip(place, shown, strict=True)
        ):
            part = (*place[:-2], place[-2] // MOST_CELLS, place[-1] // MOST_CELLS)
            parts.setdefault(part, []).append(index)
    worst = [
        Elsewhere(max(indices, key=errors.__getitem__), len(indices)) for indices in parts.values()
    ]
    return tuple(sorted(worst, key=lambda one: -errors[one.index])[:MOST_ELSEWHERE])


def _window(place: int, size: int) -> range:
    """At most MOST_CELLS of `size` places, around this one."""
    start = max(0, min(place - MOST_CELLS // 2, size - MOST_CELLS))
    return range(start, min(size, start + MOST_CELLS))


def _level(error: float, largest: float) -> int:
    if not np.isfinite(error):
        return 3
    share = error / largest if np.isfinite(largest) else 0.0
    return 1 + sum(share >= least for least in _SHARES)


def _number(value: float, dtype: str) -> str:
    if dtype in FLOATS or not np.isfinite(value):
        # The same number of decimals as its neighbours, unless it is large or tiny.
        plain = value == 0 or 1e-3 <= abs(value) < 1e4
        return f"{value:.3f}" if plain else f"{value:.2g}"
    return str(int(value))
