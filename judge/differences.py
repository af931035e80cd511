"""Messages about a test or a judging, as data: a reason, and its facts.

`judge.wording` turns them into a sentence in the reader's language. A `Difference` is stored and
sent as one flat JSON object, `{"reason": "values_differ", "name": "out", ...}`; `FACTS` lists the
facts that each reason may have.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from enum import StrEnum
from typing import Any


class Reason(StrEnum):
    """Why a test or a judging is not accepted, or another remark about it."""

    # How a run ended.
    CPU_LIMIT = "cpu_limit"
    WALL_LIMIT = "wall_limit"
    TIME_BUDGET = "time_budget"
    """All tests together took too much wall time."""
    NOT_RUN = "not_run"
    """A test that was not run, because the tests before it used up the time."""
    MEMORY_LIMIT = "memory_limit"
    OUTPUT_LIMIT = "output_limit"
    OUTPUT_UNREAD = "output_unread"
    """The package's own validator reached its limits on a very long output."""
    FORBIDDEN_CALL = "forbidden_call"
    KILLED = "killed"
    EXIT_CODE = "exit_code"
    NO_ANSWER = "no_answer"
    MALFORMED_ANSWER = "malformed_answer"
    EXCEPTION = "exception"
    EXCEPTION_OUTSIDE = "exception_outside"
    """Raised outside the submission's own lines."""
    TRACEBACK = "traceback"
    """`text` is what the program itself printed; it is not translated."""
    ENTRY_MISSING = "entry_missing"
    ENTRY_OTHER_SORT = "entry_other_sort"
    TORCH_COMPILE = "torch_compile"
    READS_INPUT = "reads_input"
    """A program that reads standard input, where a function is expected."""
    # Why a source did not compile. (The compiler's own output is in `compile_output`.)
    COMPILE_TIME = "compile_time"
    COMPILE_MEMORY = "compile_memory"
    COMPILE_OUTPUT = "compile_output"
    COMPILE_FORBIDDEN = "compile_forbidden"
    COMPILER_FAILED = "compiler_failed"
    NO_MAIN_CLASS = "no_main_class"
    MAIN_CLASSES = "main_classes"
    """Nothing says which of several classes to start."""
    # From the checkers of tokens and of bytes.
    WRONG_ANSWER = "wrong_answer"
    NO_OUTPUT = "no_output"
    BLANK_OUTPUT = "blank_output"
    SHORT_OUTPUT = "short_output"
    LONG_OUTPUT = "long_output"
    TOKEN_DIFFERS = "token_differs"  # noqa: S105 a reason's name
    NUMBER_EXPECTED = "number_expected"
    NUMBER_OFF = "number_off"
    SPACE_DIFFERS = "space_differs"
    BYTES_DIFFER = "bytes_differ"
    # From the checker of tensors.
    UNREADABLE_OUTPUT = "unreadable_output"
    NAMES_MISSING = "names_missing"
    MORE_ENTRIES = "more_entries"
    ORDER_DIFFERS = "order_differs"
    FACT_DIFFERS = "fact_differs"
    NOT_A_TENSOR = "not_a_tensor"
    SHAPE_DIFFERS = "shape_differs"
    DTYPE_DIFFERS = "dtype_differs"
    VALUES_DIFFER = "values_differ"
    INTEGERS_DIFFER = "integers_differ"
    NAN = "nan"
    NOT_FINITE = "not_finite"
    DEVICE_DIFFERS = "device_differs"
    INPUT_CHANGED = "input_changed"
    RESULT_CHANGED = "result_changed"
    """A result that a later call, or a later change of an input, has changed."""
    NOT_FROZEN = "not_frozen"
    OTHERS_TRAINABLE = "others_trainable"
    NOT_EXACT = "not_exact"
    """Almost equal, where exactly equal is required."""
    DRAWN_OUTSIDE = "drawn_outside"
    DRAWN_UNEVENLY = "drawn_unevenly"
    DRAWN_REPEATED = "drawn_repeated"
    DRAWN_DEPENDENT = "drawn_dependent"
    OTHER_VALUES = "other_values"
    """Values other than those that the random choices may give."""
    CHOSEN_UNEVENLY = "chosen_unevenly"
    SAME_AGAIN = "same_again"
    NOT_SAME = "not_same"
    # From the checker of quizzes.
    UNANSWERED = "unanswered"
    MISCONCEPTION = "misconception"
    """`note` is the package's comment on this wrong answer."""
    CHOICES_MISSING = "choices_missing"
    """All chosen options are right, but a right one is not chosen."""
    SEALED = "sealed"
    """A hidden test fails, and no more is told until the interview's round ends."""
    # Other remarks.
    CHECK_TOO_LONG = "check_too_long"
    VALIDATOR_SAYS = "validator_says"
    """`text` is the message of the package's own validator; it is not translated."""
    FLOAT32_INSIDE = "float32_inside"
    """A diagnosis: the errors are those of float32's rounding."""
    NOTHING_TO_COMPARE = "nothing_to_compare"
    INVALID_INPUT = "invalid_input"
    # Faults of the package or the judge, not of the submission.
    ANSWER_UNREADABLE = "answer_unreadable"
    REFERENCE_BROKEN = "reference_broken"
    CHECKER_FAILED = "checker_failed"
    CHECKER_BROKEN = "checker_broken"
    PACKAGE_BROKEN = "package_broken"
    SCORES_CONTRADICT = "scores_contradict"
    JUDGE_FAILED = "judge_failed"
    CANCELLED = "cancelled"


_TENSOR = frozenset({"name", "size", "share", "also", "also_more", "note"})
_SHAPE = frozenset({"shape", "expected_shape", "same_size", "reordered", "other_rank"})
# `at_import`: the error is raised at import, so it is the same for every input.
_ERROR = frozenset({"error_type", "line", "what", "entry", "at_import"})
_LINE = frozenset({"line", "token"})

FACTS: Mapping[Reason, frozenset[str]] = {
    Reason.CPU_LIMIT: frozenset({"limit_s"}),
    Reason.WALL_LIMIT: frozenset({"limit_s", "cpu_s"}),
    Reason.TIME_BUDGET: frozenset({"limit_s", "not_run"}),
    Reason.NOT_RUN: frozenset({"limit_s"}),
    Reason.MEMORY_LIMIT: frozenset({"limit_mib"}),
    Reason.OUTPUT_LIMIT: frozenset({"limit_mib", "stream"}),
    Reason.KILLED: frozenset({"signal"}),
    Reason.EXIT_CODE: frozenset({"code"}),
    Reason.MALFORMED_ANSWER: frozenset({"detail"}),
    Reason.EXCEPTION: _ERROR,
    Reason.EXCEPTION_OUTSIDE: _ERROR | {"text"},
    Reason.TRACEBACK: _ERROR | {"text"},
    Reason.ENTRY_MISSING: _ERROR | {"text"},
    Reason.ENTRY_OTHER_SORT: _ERROR | {"text"},
    Reason.READS_INPUT: _ERROR | {"text"},
    Reason.COMPILE_TIME: frozenset({"limit_s"}),
    Reason.COMPILE_MEMORY: frozenset({"limit_mib"}),
    Reason.NO_MAIN_CLASS: frozenset({"names"}),
    Reason.MAIN_CLASSES: frozenset({"names"}),
    Reason.WRONG_ANSWER: frozenset({"share", "power"}),
    Reason.SHORT_OUTPUT: frozenset({"right_tokens", "right_bytes"}),
    Reason.LONG_OUTPUT: _LINE | {"right_bytes"},
    Reason.TOKEN_DIFFERS: _LINE,
    Reason.NUMBER_EXPECTED: _LINE,
    Reason.NUMBER_OFF: _LINE | {"error"},
    Reason.SPACE_DIFFERS: _LINE,
    Reason.BYTES_DIFFER: frozenset({"line", "byte"}),
    Reason.UNREADABLE_OUTPUT: frozenset({"why", "line"}),
    Reason.NAMES_MISSING: frozenset({"names"}),
    Reason.MORE_ENTRIES: frozenset({"got", "expected"}),
    Reason.FACT_DIFFERS: _TENSOR,
    Reason.NOT_A_TENSOR: _TENSOR,
    Reason.SHAPE_DIFFERS: _TENSOR | _SHAPE,
    Reason.DTYPE_DIFFERS: _TENSOR | {"dtype", "expected_dtype"},
    Reason.VALUES_DIFFER: _TENSOR | {"wrong", "index", "error", "relative", "allowed", "power"},
    Reason.INTEGERS_DIFFER: _TENSOR | {"wrong", "index"},
    Reason.NAN: _TENSOR | {"wrong", "index"},
    Reason.NOT_FINITE: _TENSOR | {"wrong", "index"},
    Reason.DEVICE_DIFFERS: _TENSOR,
    Reason.INPUT_CHANGED: _TENSOR,
    Reason.RESULT_CHANGED: _TENSOR,
    Reason.NOT_FROZEN: _TENSOR,
    Reason.OTHERS_TRAINABLE: _TENSOR,
    Reason.NOT_EXACT: _TENSOR | {"wrong", "index"},
    Reason.DRAWN_OUTSIDE: _TENSOR,
    Reason.DRAWN_UNEVENLY: _TENSOR,
    Reason.DRAWN_REPEATED: _TENSOR,
    Reason.DRAWN_DEPENDENT: _TENSOR,
    Reason.OTHER_VALUES: _TENSOR | {"got", "expected"},
    Reason.CHOSEN_UNEVENLY: _TENSOR,
    Reason.SAME_AGAIN: _TENSOR | {"other"},
    Reason.NOT_SAME: _TENSOR | {"other"},
    Reason.MISCONCEPTION: frozenset({"note"}),
    Reason.VALIDATOR_SAYS: frozenset({"text"}),
    Reason.ANSWER_UNREADABLE: frozenset({"why", "line"}),
    Reason.JUDGE_FAILED: frozenset({"attempts", "cause", "detail"}),
}
"""The facts that each reason may have; none if the reason isn't listed. Every reason may have
`test`: the test that a judging's difference is taken from."""


@dataclass(frozen=True, slots=True)
class Difference:
    """A reason and its facts. `values` holds JSON values only, by the names that `FACTS` lists for
    the reason; another name raises ValueError. A fact without a value is not shown."""

    reason: Reason
    values: Mapping[str, Any] = field(default_factory=dict)

    def __post_init__(self) -> None:
        unlisted = self.values.keys() - facts_of(self.reason)
        if unlisted:
            raise ValueError(f"{self.reason} has no {', '.join(sorted(unlisted))}")

    def to_json(self) -> dict[str, Any]:
        """This difference as one flat object."""
        return {"reason": str(self.reason), **self.values}

    def of_test(self, test: str) -> "Difference":
        """This difference for a whole judging, in which the test of that name failed."""
        return replace(self, values={**self.values, "test": test})

    def with_values(self, **values: Any) -> "Difference":
        """This difference, with `values` added."""
        return replace(self, values={**self.values, **values})


def facts_of(reason: Reason) -> frozenset[str]:
    """The names of all facts that a reason may have."""
    return FACTS.get(reason, frozenset()) | {"test"}


def from_json(stored: Mapping[str, Any] | None) -> Difference | None:
    """The counterpart of `to_json`; None for None, and for a reason that this version doesn't know
    (the row also has the English sentence). Values of unknown names are left out."""
    if stored is None or stored.get("reason") not in _REASONS:
        return None
    reason = Reason(stored["reason"])
    return Difference(reason, {name: stored[name] for name in stored.keys() & facts_of(reason)})


def quarters(wrong: int, size: int) -> int | None:
    """The share of `wrong` among `size` values in quarters, rounded up; None for so few values that
    the share would tell how many are wrong."""
    return -(-4 * wrong // size) if size >= _FEWEST_FOR_SHARE else None


_FEWEST_FOR_SHARE = 8
_REASONS = frozenset(Reason)
