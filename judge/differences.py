"""What is told of a test or a judging, as data: a reason, and the facts that belong to it.

`judge.wording` makes a sentence of it in the reader's language. A `Difference` is stored and sent
as one flat JSON object, `{"reason": "values_differ", "name": "out", ...}`; `FACTS` lists what may
stand beside each reason.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from enum import StrEnum
from typing import Any


class Reason(StrEnum):
    """Why a test or a judging is not accepted, or what else there is to say of it."""

    # How a run ended.
    CPU_LIMIT = "cpu_limit"
    WALL_LIMIT = "wall_limit"
    TIME_BUDGET = "time_budget"
    """All tests together took too long by the clock."""
    NOT_RUN = "not_run"
    """A test for which the tests before it left no time."""
    MEMORY_LIMIT = "memory_limit"
    OUTPUT_LIMIT = "output_limit"
    OUTPUT_UNREAD = "output_unread"
    """The package's own validator ran into its limits over a flood of output."""
    FORBIDDEN_CALL = "forbidden_call"
    KILLED = "killed"
    EXIT_CODE = "exit_code"
    NO_ANSWER = "no_answer"
    MALFORMED_ANSWER = "malformed_answer"
    EXCEPTION = "exception"
    EXCEPTION_OUTSIDE = "exception_outside"
    """Raised outside the submission's own lines."""
    TRACEBACK = "traceback"
    """`text` is what the program itself printed: it stays in the program's words."""
    ENTRY_MISSING = "entry_missing"
    ENTRY_OTHER_SORT = "entry_other_sort"
    TORCH_COMPILE = "torch_compile"
    READS_INPUT = "reads_input"
    """A program that reads standard input, where a function is wanted."""
    # How a source did not compile. (What the compiler said stands in `compile_output`.)
    COMPILE_TIME = "compile_time"
    COMPILE_MEMORY = "compile_memory"
    COMPILE_OUTPUT = "compile_output"
    COMPILE_FORBIDDEN = "compile_forbidden"
    COMPILER_FAILED = "compiler_failed"
    NO_MAIN_CLASS = "no_main_class"
    MAIN_CLASSES = "main_classes"
    """Nothing says which of several classes is to be started."""
    # What the checkers of tokens and of bytes say.
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
    # What the checker of tensors says.
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
    """Almost, where exactly is asked."""
    DRAWN_OUTSIDE = "drawn_outside"
    DRAWN_UNEVENLY = "drawn_unevenly"
    DRAWN_REPEATED = "drawn_repeated"
    DRAWN_DEPENDENT = "drawn_dependent"
    OTHER_VALUES = "other_values"
    """Values other than the few that random choices may give."""
    CHOSEN_UNEVENLY = "chosen_unevenly"
    SAME_AGAIN = "same_again"
    NOT_SAME = "not_same"
    # What the checker of quizzes says.
    UNANSWERED = "unanswered"
    MISCONCEPTION = "misconception"
    """`note` is what the package says of this wrong answer."""
    CHOICES_MISSING = "choices_missing"
    """All that is chosen is right, and something right is not chosen."""
    SEALED = "sealed"
    """A hidden test refuses it, and no more is told until the interview's round ends."""
    # What else is said.
    CHECK_TOO_LONG = "check_too_long"
    VALIDATOR_SAYS = "validator_says"
    """`text` is what the package's own validator tells: it stays in the package's words."""
    FLOAT32_INSIDE = "float32_inside"
    """A diagnosis: the errors are those of float32's rounding."""
    NOTHING_TO_COMPARE = "nothing_to_compare"
    INVALID_INPUT = "invalid_input"
    # Where nothing can be said against the submission.
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
# `at_import`: whatever the input, it is the same.
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
"""What may stand beside a reason; nothing where it isn't listed. `test` may always: the test
that a judging's difference is taken from."""


@dataclass(frozen=True, slots=True)
class Difference:
    """`values` holds JSON values only, by the names that `FACTS` lists for the reason; raises
    ValueError for another name. Where a value is missing, it is not told."""

    reason: Reason
    values: Mapping[str, Any] = field(default_factory=dict)

    def __post_init__(self) -> None:
        unlisted = self.values.keys() - facts_of(self.reason)
        if unlisted:
            raise ValueError(f"{self.reason} has no {', '.join(sorted(unlisted))}")

    def to_json(self) -> dict[str, Any]:
        """One flat object."""
        return {"reason": str(self.reason), **self.values}

    def of_test(self, test: str) -> "Difference":
        """The same, told of a whole judging: it is the test of that name which failed."""
        return replace(self, values={**self.values, "test": test})

    def with_values(self, **values: Any) -> "Difference":
        """The same with more values."""
        return replace(self, values={**self.values, **values})


def facts_of(reason: Reason) -> frozenset[str]:
    """The names of all that may stand beside a reason."""
    return FACTS.get(reason, frozenset()) | {"test"}


def from_json(stored: Mapping[str, Any] | None) -> Difference | None:
    """The counterpart of `to_json`; None for None, and for a reason that this version doesn't
    know (its row has the sentence in English too). Values that it doesn't know are left out."""
    if stored is None or stored.get("reason") not in _REASONS:
        return None
    reason = Reason(stored["reason"])
    return Difference(reason, {name: stored[name] for name in stored.keys() & facts_of(reason)})


def quarters(wrong: int, size: int) -> int | None:
    """The share of `wrong` among `size` values in quarters, rounded up; None where there are so
    few values that it would tell how many are wrong."""
    return -(-4 * wrong // size) if size >= _FEWEST_FOR_SHARE else None


_FEWEST_FOR_SHARE = 8
_REASONS = frozenset(Reason)
