"""`tensors`: compares named tensors with a tolerance, and describes differences as data.

The values of a float tensor may differ by 1e-4 (float32) or 1e-6 (float64) times its largest
expected absolute value, plus 1e-6, unless the answer says `exact`. Integers, bools and facts must
be exact; dtype, shape, device, names and their order must match; NaN equals only NaN. If the answer
asks for random numbers, `worker.checkers.distribution` tests the distribution of the given ones.
These tolerances come from the statements, not from the package: the float flags that a package has
for the standard validator are accepted and ignored.

Users are told names, dtypes and shapes of the *answer*, and counts, places and sizes of errors, but
nothing that a submission chose freely, since that could reveal a hidden input. For a hidden test
only the values in `_TOLD_OF_HIDDEN` are told: no place, no size, and no shape, which in some
problems is the answer.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from itertools import islice
from typing import Any

import numpy as np
import numpy.typing as npt

from judge.differences import Difference, Reason, quarters
from judge.result import CheckResult
from judge.tensor_text import (
    DTYPES,
    FLOATS,
    Entry,
    Fact,
    FormatError,
    Relation,
    Tensor,
    Untold,
    parse,
    parse_answer,
)
from judge.verdict import Verdict
from worker.checkers.distribution import choice_fault, uniform_fault
from worker.checkers.tokens import LARGEST, Tokens, power_of_ten

ABSOLUTE = 1e-6
# No statement defines the half precisions' tolerances; these are a few units in the last place.
RELATIVE = {"float64": 1e-6, "float32": 1e-4, "float16": 4e-3, "bfloat16": 3e-2}
_SHORT = 128 << 10
"""The maximum size of an answer that is cached; its parsed values take about twice as much."""
_MAX_SHOWN_DIMS = 6
_MAX_NAMES = 8
_MOST_COUNTED = 99
"""The largest number of distinct values that is told: a submission can choose this number."""
_RANDOM = frozenset({"any", "uniform", "choice"})
_EXACT = frozenset({"exact", "unchanged"})
_REASON_BY_RULE = {
    "unchanged": Reason.INPUT_CHANGED,
    "kept": Reason.RESULT_CHANGED,
    "frozen": Reason.NOT_FROZEN,
    "trainable": Reason.OTHERS_TRAINABLE,
}
_TOLD_OF_HIDDEN = frozenset(
    {"name", "names", "also", "also_more", "why", "share", "power", "dtype", "expected_dtype"}
    | {"same_size", "reordered", "other_rank", "other", "got", "expected"}
)
_TOLD_OF_SHOWN_SHAPE = frozenset(
    {"name", "shape", "expected_shape", "same_size", "also", "also_more"}
)

_Floats = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Tensors:
    """The checker has no state: its tolerances are fixed."""

    @classmethod
    def from_arguments(cls, arguments: tuple[str, ...]) -> "Tensors":
        """Make the checker; it ignores the standard validator's flags. CheckerError for others."""
        Tokens.from_arguments(arguments)
        return cls()

    def check(self, input: bytes, output: bytes, answer: bytes) -> CheckResult:  # noqa: ARG002 - the checkers' signature
        """Return AC or WA; JE if the answer is not in the format."""
        try:
            wanted, asked = _read_short(answer) if len(answer) <= _SHORT else _read(answer)
        except FormatError as error:
            return CheckResult(Verdict.JE, Difference(Reason.ANSWER_UNREADABLE, error.values()))
        try:
            given = parse(output)
            found = _compare_all(given, wanted)
            if found is None or found.reason is Reason.DRAWN_REPEATED:
                # "Two draws are the same" says more than "numbers are repeated".
                found = _relate_all(given, asked) or found
        except FormatError as error:
            found = Difference(Reason.UNREADABLE_OUTPUT, error.values())
        if found is None:
            return CheckResult(Verdict.AC)
        comparable = without_chance(output, answer)
        hidden = Difference(found.reason, _only(found.values, _TOLD_OF_HIDDEN))
        if found.reason is Reason.SHAPE_DIFFERS:
            found = Difference(found.reason, _only(found.values, _TOLD_OF_SHOWN_SHAPE))
        return CheckResult(Verdict.WA, found, hidden=hidden, comparable=comparable)


def without_chance(output: bytes, answer: bytes) -> bytes | None:
    """Return `output` with facts instead of its random parts: the faults of each random tensor, and
    which relations hold. Return None if the answer has no random parts, or the output doesn't have
    its entries."""
    try:
        wanted, asked = parse_answer(answer)
        if not asked and not any(map(_is_random, wanted)):
            return None
        # For a correct answer every fact is true, so its numbers need not be tested.
        given = wanted if output == answer else parse(output)
        if [entry.name for entry in given] != [entry.name for entry in wanted]:
            return None
        pairs = zip(given, wanted, strict=True)
        lines = [line for got, want in pairs for line in _without_chance(got, want)]
        for at, relation in enumerate(asked):
            holds = given is wanted or _relate_all(given, [relation]) is None
            lines.append(b"value relation.%d %s\n" % (at, _FACTS[holds]))
    except FormatError:
        return None
    return b"".join(lines)


_FACTS = (b"false", b"true")
_DRAWN = ("drawn_outside", "drawn_unevenly", "drawn_repeated", "drawn_dependent")
_CHOSEN = ("other_values", "chosen_unevenly", "drawn_dependent")


def _is_random(want: Entry) -> bool:
    return isinstance(want, Tensor) and bool(want.rules.keys() & _RANDOM)


def _without_chance(got: Entry, want: Entry) -> Iterator[bytes]:
    name = want.name.encode()
    if isinstance(got, Tensor) and isinstance(want, Tensor) and _is_random(want):
        alike = (got.dtype, got.shape, got.device) == (want.dtype, want.shape, want.device)
        yield b"value %s.kind %s\n" % (name, _FACTS[alike])
        fault = _drawn(want, got.floats) if alike and got is not want else None
        for reason in _DRAWN if "uniform" in want.rules else _CHOSEN:
            right = fault is None or fault.reason != reason
            yield b"value %s.%s %s\n" % (name, reason.encode(), _FACTS[right])
    elif isinstance(got, Tensor):
        shape = "x".join(map(str, got.shape)) or "scalar"
        elsewhere = f" device={got.device}" if got.device != "cpu" else ""
        # Otherwise a value that is wrong by less than the tolerance would equal a correct one.
        exact = " exact" if isinstance(want, Tensor) and want.rules.keys() & _EXACT else ""
        header = f"tensor {got.name} {got.dtype} {shape}{elsewhere}{exact}\n"
        yield header.encode() + got.body
    elif isinstance(got, Fact):
        yield f"value {got.name} {' '.join(got.words)}\n".encode()
    else:
        yield f"untold {got.name}\n".encode()


def _only(values: Mapping[str, Any], names: frozenset[str]) -> dict[str, Any]:
    return {name: value for name, value in values.items() if name in names}


def _read(answer: bytes) -> tuple[list[Entry], list[Relation]]:
    """Parse an answer with all its values; raises FormatError if it can't be compared with."""
    wanted, asked = parse_answer(answer)
    for entry in wanted:
        if isinstance(entry, Tensor):
            if entry.dtype not in DTYPES:
                raise FormatError("unknown_dtype", entry.line)
            if entry.device == "cpu":
                _bounds(entry), _chances(entry)  # they raise if a rule can't be read
                entry.floats if entry.dtype in FLOATS else entry.integers  # noqa: B018 is read now
    return wanted, asked


@lru_cache(maxsize=64)
def _read_short(answer: bytes) -> tuple[list[Entry], list[Relation]]:
    """Call `_read` with a cache: often several submissions to the same problem are judged."""
    return _read(answer)


def _compare_all(got: list[Entry], wanted: list[Entry]) -> Difference | None:
    """Return the first difference, with the names of other differing entries; None if all match."""
    have, want = [entry.name for entry in got], [entry.name for entry in wanted]
    if have != want:
        known = set(have)
        missing = list(islice((name for name in want if name not in known), _MAX_NAMES))
        if missing:
            return Difference(Reason.NAMES_MISSING, {"names": missing})
        if len(have) > len(want):
            return Difference(Reason.MORE_ENTRIES, {"got": len(have), "expected": len(want)})
        return Difference(Reason.ORDER_DIFFERS)
    found = [
        (right.name, difference)
        for given, right in zip(got, wanted, strict=True)
        if (difference := compare(given, right)) is not None
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


def compare(got: Entry, want: Entry) -> Difference | None:
    """Return how one entry differs from the answer's; None if it is correct. Raises FormatError."""
    name = {"name": want.name}
    if isinstance(want, Fact):
        same = isinstance(got, Fact) and got.words == want.words
        return None if same else Difference(Reason.FACT_DIFFERS, name)
    elsewhere = isinstance(want, Tensor) and want.device != "cpu"
    # `want` may be another wrong answer, so it can be Untold too; a correct answer never is.
    if isinstance(got, Untold) and (elsewhere or isinstance(want, Untold)):
        return None
    if not isinstance(got, Tensor) or not isinstance(want, Tensor):
        return Difference(Reason.NOT_A_TENSOR, name)
    if got.shape != want.shape:
        values: dict[str, Any] = name | {"expected_shape": list(want.shape)}
        # The sizes of a tensor without values are the submission's free choice.
        if len(got.shape) <= _MAX_SHOWN_DIMS and got.size > 0:
            values["shape"] = list(got.shape)
            values["same_size"] = got.size == want.size
        values["reordered"] = sorted(got.shape) == sorted(want.shape)
        values["other_rank"] = len(got.shape) != len(want.shape)
        return Difference(Reason.SHAPE_DIFFERS, values)
    if got.dtype != want.dtype:
        known = {"dtype": got.dtype} if got.dtype in DTYPES else {}
        return Difference(Reason.DTYPE_DIFFERS, name | known | {"expected_dtype": want.dtype})
    if got.device != want.device:
        return Difference(Reason.DEVICE_DIFFERS, name)
    if elsewhere:
        return None
    found = _compare_numbers(want, got)
    # For an input or a kept result, report that it has changed.
    for rule, reason in _REASON_BY_RULE.items():
        if found is not None and rule in want.rules:
            return Difference(reason, name)
    return found


def _compare_numbers(want: Tensor, got: Tensor) -> Difference | None:
    if got.body == want.body and not _is_random(want):
        return None  # a fast path, mostly for unchanged inputs, which are half of all numbers
    if want.dtype not in FLOATS:
        pairs = zip(got.integers, want.integers, strict=True)
        wrong = [at for at, (mine, right) in enumerate(pairs) if mine != right]
        if not wrong:
            return None
        return Difference(Reason.INTEGERS_DIFFER, _counts(want, len(wrong), wrong[0]))
    if (fault := _drawn(want, got.floats)) is not None:
        return fault
    if _is_random(want):
        return None
    return _compare_floats(want, got.floats, want.floats)


def _drawn(want: Tensor, got: _Floats) -> Difference | None:
    """Return the fault of numbers that should be random; None if there is none."""
    if not want.size:
        return None
    reason = None
    values: dict[str, Any] = {"name": want.name}
    if bounds := _bounds(want):
        reason = uniform_fault(got, want.shape, *bounds)
    elif chances := _chances(want):
        tolerance = RELATIVE[want.dtype] * max(map(abs, chances)) + ABSOLUTE
        reason = choice_fault(got, want.shape, chances, tolerance)
        # Values within the tolerance of each other count as one.
        if reason is Reason.OTHER_VALUES:
            distinct = np.unique(np.round(got / (2 * tolerance))).size
            values |= {"got": min(distinct, _MOST_COUNTED), "expected": len(chances)}
    return None if reason is None else Difference(reason, values)


def _bounds(entry: Tensor) -> tuple[float, float] | None:
    """Return the range in the rule `uniform=LOW,HIGH`; None without it. Raises FormatError."""
    if "uniform" not in entry.rules:
        return None
    try:
        low, high = (float(word) for word in entry.rules["uniform"].split(","))
    except ValueError:
        raise FormatError("not_a_number", entry.line) from None
    return low, high


def _chances(entry: Tensor) -> dict[float, float]:
    """Return the values in the rule `choice=0:0.5,2:0.5` with their probabilities; raises
    FormatError."""
    words = entry.rules.get("choice", "").split(",")
    pairs = [word.split(":") for word in words if word]
    try:
        return {float(value): float(chance) for value, chance in pairs}
    except ValueError:
        raise FormatError("not_a_number", entry.line) from None


def _relate_all(got: list[Entry], asked: list[Relation]) -> Difference | None:
    """Return the first relation that does not hold; None if all hold."""
    tensors = {entry.name: entry for entry in got if isinstance(entry, Tensor)}
    for relation in asked:
        names = {"name": relation.name, "other": relation.other}
        one, other = tensors.get(relation.name), tensors.get(relation.other)
        if one is None or other is None:
            return Difference(Reason.NAMES_MISSING, {"names": list(names.values())})
        equal = _equal(one, other, exactly=relation.kind != "close")
        if relation.kind == "different" and equal:
            return Difference(Reason.SAME_AGAIN, names)
        if relation.kind != "different" and not equal:
            return Difference(Reason.NOT_SAME, names)
    return None


def _equal(one: Tensor, other: Tensor, *, exactly: bool) -> bool:
    if one.dtype not in FLOATS or other.dtype not in FLOATS:
        return False
    if one.shape != other.shape and exactly:
        return False
    ours, theirs = one.floats, other.floats
    if one.shape != other.shape:
        try:
            theirs = np.broadcast_to(theirs.reshape(other.shape), one.shape).ravel()
        except ValueError:
            return False
    if exactly:
        return bool(np.array_equal(ours, theirs, equal_nan=True))
    largest = float(np.abs(theirs[np.isfinite(theirs)]).max(initial=0.0))
    return bool((_errors(ours, theirs) <= RELATIVE[other.dtype] * largest + ABSOLUTE).all())


def _compare_floats(want: Tensor, got: _Floats, wanted: _Floats) -> Difference | None:
    finite = wanted[np.isfinite(wanted)]
    largest = float(np.abs(finite).max(initial=0.0))
    exact = bool(want.rules.keys() & _EXACT)
    tolerance = 0.0 if exact else RELATIVE[want.dtype] * largest + ABSOLUTE
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
    if exact:
        return Difference(Reason.NOT_EXACT, values)
    values |= {"error": error, "allowed": tolerance, "power": power_of_ten(error / tolerance)}
    if largest:
        values["relative"] = min(error / largest, LARGEST)
    return Difference(Reason.VALUES_DIFFER, values)


def _counts(want: Tensor, wrong: int, flat: int) -> dict[str, Any]:
    values: dict[str, Any] = {"name": want.name, "wrong": wrong, "size": want.size}
    if (share := quarters(wrong, want.size)) is not None:
        values["share"] = share
    if want.shape:
        values["index"] = [int(i) for i in np.unravel_index(flat, want.shape)]
    return values


def _errors(got: _Floats, wanted: _Floats) -> _Floats:
    """Return absolute errors: 0 for two NaNs or equal infinities; infinite if one isn't finite."""
    with np.errstate(invalid="ignore", over="ignore"):
        errors = np.abs(got - wanted)
    same = (got == wanted) | (np.isnan(got) & np.isnan(wanted))
    errors[same] = 0.0
    errors[np.isnan(errors)] = np.inf
    return errors
