"""`tensors`: named tensors, compared with a tolerance, and what differs said as data.

A float tensor may be off by 1e-4 (float32) or 1e-6 (float64) of the largest absolute value
expected in it, plus 1e-6. Integers, bools and facts are exact; dtype, shape, names and their
order must match; NaN equals only NaN. These tolerances are the statements' and not the
package's: the float flags that a package carries for the standard validator are read, and
change nothing here.

Names, dtypes and shapes are told that the *answer* has, and counts, places and sizes of errors;
nothing that a submission chose freely, since that could carry a hidden input out. Of a hidden test
only the values of `_TOLD_OF_HIDDEN` are told: no place, no size, and no shape, which in some
problems is the answer.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from itertools import islice
from typing import Any

import numpy as np
import numpy.typing as npt

from judge.differences import Difference, Reason, quarters
from judge.result import CheckResult
from judge.verdict import Verdict
from worker.checkers.tensor_text import (
    DTYPES,
    FLOATS,
    Entry,
    Fact,
    FormatError,
    Tensor,
    parse,
)
from worker.checkers.tokens import Tokens, power_of_ten

ABSOLUTE = 1e-6
# The half precisions are no statement's; theirs are a few units in the last place.
RELATIVE = {"float64": 1e-6, "float32": 1e-4, "float16": 4e-3, "bfloat16": 3e-2}
_MAX_SHOWN_DIMS = 6
_MAX_NAMES = 8
_TOLD_OF_HIDDEN = frozenset(
    {"name", "names", "also", "also_more", "why", "share", "power", "dtype", "expected_dtype"}
    | {"same_size", "reordered", "other_rank"}
)
_TOLD_OF_SHOWN_SHAPE = frozenset({"name", "shape", "expected_shape", "same_size"})

_Floats = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Tensors:
    """The checker has no state: its tolerances are fixed."""

    @classmethod
    def from_arguments(cls, arguments: tuple[str, ...]) -> "Tensors":
        """Flags of the standard validator are read and not used; CheckerError for others."""
        Tokens.from_arguments(arguments)
        return cls()

    def check(self, input: bytes, output: bytes, answer: bytes) -> CheckResult:  # noqa: ARG002 - all checkers are given it
        """AC or WA; JE when the answer is not in the format."""
        try:
            wanted = parse(answer)
            for entry in wanted:
                _read(entry)
        except FormatError as error:
            return CheckResult(Verdict.JE, Difference(Reason.ANSWER_UNREADABLE, error.values()))
        try:
            found = _compare_all(parse(output), wanted)
        except FormatError as error:
            found = Difference(Reason.UNREADABLE_OUTPUT, error.values())
        if found is None:
            return CheckResult(Verdict.AC)
        return CheckResult(Verdict.WA, _shown(found), hidden=_hidden(found))


def _shown(found: Difference) -> Difference:
    if found.reason is not Reason.SHAPE_DIFFERS:
        return found
    also = {"also", "also_more"}
    return Difference(found.reason, _only(found.values, _TOLD_OF_SHOWN_SHAPE | also))


def _hidden(found: Difference) -> Difference:
    return Difference(found.reason, _only(found.values, _TOLD_OF_HIDDEN))


def _only(values: Mapping[str, Any], names: frozenset[str] | set[str]) -> dict[str, Any]:
    return {name: value for name, value in values.items() if name in names}


def _read(entry: Entry) -> None:
    """Raise FormatError unless an answer's entry can be compared with."""
    if isinstance(entry, Tensor):
        if entry.dtype not in DTYPES:
            raise FormatError("unknown_dtype", entry.line)
        entry.floats() if entry.dtype in FLOATS else entry.integers()


def _compare_all(got: list[Entry], wanted: list[Entry]) -> Difference | None:
    """The first difference, and the names of what else differs; None when nothing does."""
    names = _compare_names([entry.name for entry in got], [entry.name for entry in wanted])
    if names is not None:
        return names
    found = [
        (want.name, difference)
        for have, want in zip(got, wanted, strict=True)
        if (difference := _compare(have, want)) is not None
    ]
    if not found:
        return None
    others = [name for name, _ in found[1:]]
    first = found[0][1]
    if others:
        first = first.with_values(also=others[:_MAX_NAMES])
    if len(others) > _MAX_NAMES:
        first = first.with_values(also_more=len(others) - _MAX_NAMES)
    return first


def _compare_names(got: list[str], wanted: list[str]) -> Difference | None:
    if got == wanted:
        return None
    have = set(got)
    missing = list(islice((name for name in wanted if name not in have), _MAX_NAMES))
    if missing:
        return Difference(Reason.NAMES_MISSING, {"names": missing})
    if len(got) > len(wanted):
        return Difference(Reason.MORE_ENTRIES, {"got": len(got), "expected": len(wanted)})
    return Difference(Reason.ORDER_DIFFERS)


def _compare(got: Entry, want: Entry) -> Difference | None:
    name = {"name": want.name}
    if isinstance(want, Fact):
        same = isinstance(got, Fact) and got.words == want.words
        return None if same else Difference(Reason.FACT_DIFFERS, name)
    if not isinstance(got, Tensor):
        return Difference(Reason.NOT_A_TENSOR, name)
    if got.shape != want.shape:
        return Difference(Reason.SHAPE_DIFFERS, name | _wrong_shape(got, want))
    if got.dtype != want.dtype:
        known = {"dtype": got.dtype} if got.dtype in DTYPES else {}
        return Difference(Reason.DTYPE_DIFFERS, name | known | {"expected_dtype": want.dtype})
    if want.dtype in FLOATS:
        return _compare_floats(want, got.floats(), want.floats())
    return _compare_integers(want, got.integers(), want.integers())


def _wrong_shape(got: Tensor, want: Tensor) -> dict[str, Any]:
    values: dict[str, Any] = {"expected_shape": list(want.shape)}
    # A tensor without values could spell anything in its other sizes.
    if len(got.shape) <= _MAX_SHOWN_DIMS and got.size > 0:
        values["shape"] = list(got.shape)
        values["same_size"] = got.size == want.size
    values["reordered"] = sorted(got.shape) == sorted(want.shape)
    values["other_rank"] = len(got.shape) != len(want.shape)
    return values


def _compare_integers(want: Tensor, got: list[int], wanted: list[int]) -> Difference | None:
    wrong = [at for at, pair in enumerate(zip(got, wanted, strict=True)) if pair[0] != pair[1]]
    if not wrong:
        return None
    return Difference(Reason.INTEGERS_DIFFER, _counts(want, len(wrong), wrong[0]))


def _compare_floats(want: Tensor, got: _Floats, wanted: _Floats) -> Difference | None:
    finite = wanted[np.isfinite(wanted)]
    largest = float(np.abs(finite).max(initial=0.0))
    tolerance = RELATIVE[want.dtype] * largest + ABSOLUTE
    errors = _errors(got, wanted)
    wrong = int((errors > tolerance).sum())
    if not wrong:
        return None
    nans = np.flatnonzero(np.isnan(got) & ~np.isnan(wanted))
    if nans.size:
        return Difference(Reason.NAN, _counts(want, int(nans.size), int(nans[0])))
    worst = int(errors.argmax())
    error = float(errors[worst])
    values = _counts(want, wrong, worst)
    if not np.isfinite(error):
        return Difference(Reason.NOT_FINITE, values)
    values |= {"error": error, "allowed": tolerance, "power": power_of_ten(error / tolerance)}
    if largest:
        values["relative"] = error / largest
    return Difference(Reason.VALUES_DIFFER, values)


def _counts(want: Tensor, wrong: int, flat: int) -> dict[str, Any]:
    values: dict[str, Any] = {"name": want.name, "wrong": wrong, "size": want.size}
    if (share := quarters(wrong, want.size)) is not None:
        values["share"] = share
    if want.shape:
        values["index"] = [int(i) for i in np.unravel_index(flat, want.shape)]
    return values


def _errors(got: _Floats, wanted: _Floats) -> _Floats:
    """Absolute errors: 0 for NaN twice or the same infinity, infinite where one is not finite."""
    with np.errstate(invalid="ignore", over="ignore"):
        errors = np.abs(got - wanted)
    same = (got == wanted) | (np.isnan(got) & np.isnan(wanted))
    errors[same] = 0.0
    errors[np.isnan(errors)] = np.inf
    return errors
