"""`tensors`: named tensors, compared with a tolerance, and what differs said in words.

A float tensor may be off by 1e-4 (float32) or 1e-6 (float64) of the largest absolute value
expected in it, plus 1e-6. Integers, bools and facts are exact; dtype, shape, names and their
order must match; NaN equals only NaN. These tolerances are the statements' and not the
package's: the float flags that a package carries for the standard validator are read, and
change nothing here.

A message tells names, dtypes and shapes that the *answer* has, and counts, places and sizes of
errors; nothing that a submission chose freely, since that could carry a hidden input out.
"""

from dataclasses import dataclass
from itertools import islice

import numpy as np
import numpy.typing as npt

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
    shape_text,
)
from worker.checkers.tokens import Tokens

ABSOLUTE = 1e-6
# The half precisions are no statement's; theirs are a few units in the last place.
RELATIVE = {"float64": 1e-6, "float32": 1e-4, "float16": 4e-3, "bfloat16": 3e-2}
_MAX_SHOWN_DIMS = 6
_MAX_NAMES = 8

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
            return CheckResult(Verdict.JE, f"The problem's answer file can't be read: {error}.")
        try:
            complaint = _compare_all(parse(output), wanted)
        except FormatError as error:
            return CheckResult(Verdict.WA, f"The output can't be read: {error}.")
        return CheckResult(Verdict.WA, complaint) if complaint else CheckResult(Verdict.AC)


def _read(entry: Entry) -> None:
    """Raise FormatError unless an answer's entry can be compared with."""
    if isinstance(entry, Tensor):
        if entry.dtype not in DTYPES:
            raise FormatError(f"line {entry.line} has an unknown dtype")
        entry.floats() if entry.dtype in FLOATS else entry.integers()


def _compare_all(got: list[Entry], wanted: list[Entry]) -> str:
    """The first difference, and the names of what else differs; empty when nothing does."""
    names = _compare_names([entry.name for entry in got], [entry.name for entry in wanted])
    if names:
        return names
    found = [
        (want.name, complaint)
        for have, want in zip(got, wanted, strict=True)
        if (complaint := _compare(have, want))
    ]
    if not found:
        return ""
    others = [name for name, _ in found[1:]]
    if not others:
        return found[0][1]
    more = "" if len(others) <= _MAX_NAMES else f" and {len(others) - _MAX_NAMES} more"
    return f"{found[0][1]} Also different: {', '.join(others[:_MAX_NAMES])}{more}."


def _compare_names(got: list[str], wanted: list[str]) -> str:
    if got == wanted:
        return ""
    missing = [name for name in wanted if name not in set(got)]
    if missing:
        return f"Missing from the output: {', '.join(islice(missing, _MAX_NAMES))}."
    if len(got) > len(wanted):
        return f"The output holds {len(got)} tensors and values; {len(wanted)} were expected."
    return "The tensors come in another order than expected."


def _compare(got: Entry, want: Entry) -> str:
    if isinstance(want, Fact):
        same = isinstance(got, Fact) and got.words == want.words
        return "" if same else f"The value `{want.name}` is not what was expected."
    if not isinstance(got, Tensor):
        return f"`{want.name}` is not a tensor."
    if got.shape != want.shape:
        return _wrong_shape(got, want)
    if got.dtype != want.dtype:
        what = got.dtype if got.dtype in DTYPES else "another dtype"
        return f"`{want.name}` has dtype {what}; expected {want.dtype}."
    if want.dtype in FLOATS:
        return _compare_floats(want, got.floats(), want.floats())
    return _compare_integers(want, got.integers(), want.integers())


def _wrong_shape(got: Tensor, want: Tensor) -> str:
    # A tensor without values could spell anything in its other sizes.
    plain = len(got.shape) <= _MAX_SHOWN_DIMS and got.size > 0
    what = f"shape {shape_text(got.shape)}" if plain else "another shape"
    hint = ""
    if plain and got.size == want.size:
        hint = " (the same number of values)"
    return f"`{want.name}` has {what}{hint}; expected {shape_text(want.shape)}."


def _compare_integers(want: Tensor, got: list[int], wanted: list[int]) -> str:
    wrong = [at for at, pair in enumerate(zip(got, wanted, strict=True)) if pair[0] != pair[1]]
    if not wrong:
        return ""
    count = f"{len(wrong)} of {want.size} values differ"
    return f"`{want.name}`: {count}, the first{_at(want.shape, wrong[0])}."


def _compare_floats(want: Tensor, got: _Floats, wanted: _Floats) -> str:
    finite = wanted[np.isfinite(wanted)]
    largest = float(np.abs(finite).max(initial=0.0))
    tolerance = RELATIVE[want.dtype] * largest + ABSOLUTE
    errors = _errors(got, wanted)
    wrong = int((errors > tolerance).sum())
    if not wrong:
        return ""
    nans = np.flatnonzero(np.isnan(got) & ~np.isnan(wanted))
    if nans.size:
        count = f"{nans.size} of {want.size} values {'is' if nans.size == 1 else 'are'} NaN"
        return f"`{want.name}`: {count}, the first{_at(want.shape, int(nans[0]))}."
    worst = int(errors.argmax())
    error, place = float(errors[worst]), _at(want.shape, worst)
    differ = f"`{want.name}`: {wrong} of {want.size} values differ;"
    if not np.isfinite(error):
        return f"{differ} infinite or NaN on one side only{place}."
    relative = f", {error / largest:.3g} of the largest value expected" if largest else ""
    return f"{differ} largest error {error:.3g}{place}{relative} (allowed: {tolerance:.3g})."


def _errors(got: _Floats, wanted: _Floats) -> _Floats:
    """Absolute errors: 0 for NaN twice or the same infinity, infinite where one is not finite."""
    with np.errstate(invalid="ignore", over="ignore"):
        errors = np.abs(got - wanted)
    same = (got == wanted) | (np.isnan(got) & np.isnan(wanted))
    errors[same] = 0.0
    errors[np.isnan(errors)] = np.inf
    return errors


def _at(shape: tuple[int, ...], flat: int) -> str:
    if not shape:
        return ""
    index = ", ".join(str(int(i)) for i in np.unravel_index(flat, shape))
    return f" at index [{index}]"
