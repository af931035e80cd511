"""Recognises losses of precision: float64 answers with rounding errors of float32.

If float64 is computed in float32, the errors depend on the order of additions, and so on the
processor: they equal no other submission's. But some properties stay the same:

- where the errors are too large: only in tensors in which large numbers cancel;
- how large they are there: cancellation loses the same number of float32's 24 bits everywhere;
- that they have no pattern. A wrong constant changes all values by the same number, or by the same
  share; rounding changes each value independently.

float64's own rounding is 2^29 times smaller: no order of additions can make it that large.
"""

from collections.abc import Mapping, Sequence

import numpy as np
import numpy.typing as npt

from judge.tensor_text import Entry, FormatError, Tensor, parse, parse_answer
from worker.checkers.comparing import WrongAnswers
from worker.checkers.tensors import compare

_LARGEST = 2.0**-6
"""The largest error, as a share of the largest value: cancellation has then lost 18 of float32's 24
bits."""
_ALIKE = 4.0
"""The largest ratio of two submissions' errors. Another processor changes their size by less than a
factor of 2, float16 by more than 2^12."""
_ENOUGH = 8
"""With fewer values no pattern can be recognised."""

_Floats = npt.NDArray[np.float64]


def roundings(
    ours: WrongAnswers, others: Sequence[WrongAnswers], answers: Mapping[str, bytes]
) -> list[bool]:
    """Return for each of the others whether it and ours are both wrong by float32's rounding, in
    the same tensors of the same tests; other errors must be the same in both."""
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
    """Whether all wrong answers were kept, and none of them is random."""
    return not wrong.drawn and len(wrong.outputs) == wrong.failed > 0


def _agreements(ours: bytes, theirs: bytes, answer: bytes) -> set[bool | None]:
    """Return the results of `_agree` for the tensors of one test."""
    try:
        right, _ = parse_answer(answer)
        mine, other = parse(ours), parse(theirs)
        if not [e.name for e in mine] == [e.name for e in other] == [e.name for e in right]:
            return {None}
        return {_agree(*three) for three in zip(mine, other, right, strict=True)}
    except FormatError:
        return {None}


def _agree(mine: Entry, other: Entry, right: Entry) -> bool | None:
    """Compare one tensor. True: both are wrong only by rounding. False: both are correct, or both
    have the same error. None: they differ."""
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
    """Return the size of a float64 tensor's errors (root mean square), if they may be float32's
    rounding; else None. Raises FormatError."""
    if not isinstance(got, Tensor) or not isinstance(right, Tensor) or right.rules:
        return None
    if not got.dtype == right.dtype == "float64" or got.shape != right.shape:
        return None
    largest = float(np.abs(right.floats).max(initial=0.0))
    with np.errstate(invalid="ignore", over="ignore"):
        errors = got.floats - right.floats
    worst = float(np.abs(errors).max(initial=0.0))
    # NaN and infinities are no rounding errors, in either tensor.
    if not (np.isfinite(largest) and 0 < worst <= _LARGEST * largest):
        return None
    if right.size < _ENOUGH:
        # float64 results rarely fit into float32 exactly by chance.
        if not _in_float32(got.floats).all() or _in_float32(right.floats).all():
            return None
    elif _share_of_system(errors / worst, right.floats / largest) > 0.5:
        return None
    return worst * float(np.sqrt(np.mean((errors / worst) ** 2)))


def _share_of_system(errors: _Floats, values: _Floats) -> float:
    """Return the share of the squared errors that a constant plus a multiple of values explains."""
    spread = values - values.mean()
    of_constant = errors.size * errors.mean() ** 2
    squares = float(spread @ spread)
    of_multiple = (spread @ errors) ** 2 / squares if squares else 0.0
    return float((of_constant + of_multiple) / (errors @ errors))


def _in_float32(values: _Floats) -> npt.NDArray[np.bool_]:
    with np.errstate(over="ignore"):
        return np.asarray(values.astype(np.float32).astype(np.float64) == values)
