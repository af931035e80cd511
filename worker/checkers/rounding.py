"""Losses of precision: float64 answers that are off by the rounding of float32.

Where float64 is computed in float32 the errors depend on the order of additions, and so on the
processor: they equal nobody else's. What stays the same is

- where they are too large: in the tensors in which large numbers cancel, and in no others;
- how large they are there: of float32's 24 bits cancellation takes the same number everywhere;
- that there is no system in them. A wrong constant moves all values by the same number, or by the
  same share; rounding moves each its own way.

float64's own rounding is 2^29 times smaller: no order of additions makes that much of it.
"""

from collections.abc import Mapping, Sequence

import numpy as np
import numpy.typing as npt

from judge.tensor_text import Entry, FormatError, Tensor, parse, parse_answer
from worker.checkers.comparing import WrongAnswers
from worker.checkers.tensors import compare

_LARGEST = 2.0**-6
"""Of the largest value: cancellation has taken 18 of float32's 24 bits then."""
_ALIKE = 4.0
"""So many times another's rounding may be as large. Another processor makes it less than twice as
large, float16 more than 2^12 times."""
_ENOUGH = 8
"""In fewer values no system can be seen."""

_Floats = npt.NDArray[np.float64]


def roundings(
    ours: WrongAnswers, others: Sequence[WrongAnswers], answers: Mapping[str, bytes]
) -> list[bool]:
    """For each of the others whether both it and ours are wrong by float32's rounding, in the same
    tensors of the same tests; where anything else is wrong, it must be the same in both."""
    return [_share_rounding(ours, other, answers) for other in others]


def _share_rounding(ours: WrongAnswers, other: WrongAnswers, answers: Mapping[str, bytes]) -> bool:
    if not (_is_known(ours) and _is_known(other) and ours.outputs.keys() <= other.outputs.keys()):
        return False
    found: set[bool | None] = set()
    for test, output in ours.outputs.items():
        found |= _agreements(output, other.outputs[test], answers[test])
        if None in found:
            return False
    return True in found


def _is_known(wrong: WrongAnswers) -> bool:
    """Whether all that is wrong was kept, and none of it is chance."""
    return not wrong.drawn and len(wrong.outputs) == wrong.failed > 0


def _agreements(ours: bytes, theirs: bytes, answer: bytes) -> set[bool | None]:
    """What `_agree` says of the tensors of one test."""
    try:
        right, _ = parse_answer(answer)
        mine, other = parse(ours), parse(theirs)
        if not [e.name for e in mine] == [e.name for e in other] == [e.name for e in right]:
            return {None}
        return {_agree(*three) for three in zip(mine, other, right, strict=True)}
    except FormatError:
        return {None}


def _agree(mine: Entry, other: Entry, right: Entry) -> bool | None:
    """True: both are the right one but for rounding. False: both are right, or they are the same.
    None: they differ."""
    is_wrong = compare(mine, right) is not None
    if is_wrong is not (compare(other, right) is not None):
        return None
    if not is_wrong:
        return False
    one, two = size_of_rounding(mine, right), size_of_rounding(other, right)
    if one is not None and two is not None:
        return True if max(one, two) <= _ALIKE * min(one, two) else None
    return False if compare(mine, other) is None else None


def size_of_rounding(got: Entry, right: Entry) -> float | None:
    """How large the errors of a float64 tensor are (root mean square), if they may be float32's
    rounding; else None. Raises FormatError."""
    if not isinstance(got, Tensor) or not isinstance(right, Tensor) or right.rules:
        return None
    if not got.dtype == right.dtype == "float64" or got.shape != right.shape:
        return None
    largest = float(np.abs(right.floats).max(initial=0.0))
    with np.errstate(invalid="ignore", over="ignore"):
        errors = got.floats - right.floats
    worst = float(np.abs(errors).max(initial=0.0))
    # NaN and infinities are no rounding, whichever side they are on.
    if not (np.isfinite(largest) and 0 < worst <= _LARGEST * largest):
        return None
    if right.size < _ENOUGH:
        # A number that float32 can hold is none of float64's by chance.
        if not _in_float32(got.floats).all() or _in_float32(right.floats).all():
            return None
    elif _share_of_system(errors / worst, right.floats / largest) > 0.5:
        return None
    return worst * float(np.sqrt(np.mean((errors / worst) ** 2)))


def _share_of_system(errors: _Floats, values: _Floats) -> float:
    """The share of the errors' squares that a constant and a multiple of the values make up."""
    spread = values - values.mean()
    of_constant = errors.size * errors.mean() ** 2
    squares = float(spread @ spread)
    of_multiple = (spread @ errors) ** 2 / squares if squares else 0.0
    return float((of_constant + of_multiple) / (errors @ errors))


def _in_float32(values: _Floats) -> npt.NDArray[np.bool_]:
    with np.errstate(over="ignore"):
        return np.asarray(values.astype(np.float32).astype(np.float64) == values)
