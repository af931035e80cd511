"""The YAML files beside `problem.yaml`, as models: `judge.yaml`, the configuration of tests and
of their groups, and `submissions.yaml`.
"""

from collections.abc import Iterator
from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, Field, StringConstraints

from judge.labels import MOST, PATTERN
from judge.problem_package.decimals import MOST_POINTS
from judge.problem_package.format import (
    LanguageTag,
    Line,
    Number,
    People,
    Plain,
    Points,
    ScoreRange,
    Strict,
    Whole,
    Words,
    YesNo,
    one_or_more,
)
from judge.problem_package.yaml_tree import Location

GRADER_FLAGS = (
    "first_error", "worst_error", "no_errors", "always_accept", "accept_if_any_accepted",
    "ignore_sample", "sum", "avg", "min", "max",
)  # fmt: skip
MOST_PREREQUISITES = 10
FormatVerdict = Literal["AC", "WA", "TLE", "RTE"]
Text = Annotated[Plain, StringConstraints(strip_whitespace=True)]
"""Text of one line or several."""
Slug = Annotated[str, StringConstraints(pattern=r"^[a-z0-9]+$")]
Label = Annotated[str, StringConstraints(pattern=PATTERN)]
LanguageId = Literal[
    "python3", "pytorch", "c", "cpp", "java", "javascript", "rust", "go", "answers"
]
CheckerName = Literal["tokens", "exact", "tensors"]
"""The checkers that a package can name; a worker has them in `worker/checkers/__init__.py`."""


class JudgeYaml(Strict):
    """`judge.yaml`, our own file: settings that the format has no key for."""

    kind: Literal["stdio", "function", "torch", "quiz"]
    difficulty: Literal["easy", "medium", "hard"] = "medium"
    tags: list[Line] | None = None
    entry: Annotated[str, StringConstraints(pattern=r"^[A-Za-z_][A-Za-z0-9_]*$")] | None = None
    languages: Annotated[list[LanguageId], Field(min_length=1)] | None = None
    checker: CheckerName | None = None
    templates: dict[LanguageId, str] = Field(default_factory=dict)
    hints: dict[str, dict[LanguageTag, Line]] = Field(default_factory=dict)
    slow_hints: dict[str, dict[LanguageTag, Line]] = Field(default_factory=dict)
    notes: dict[str, dict[LanguageTag, Line]] = Field(default_factory=dict)
    mistakes: dict[str, dict[LanguageTag, Line]] = Field(default_factory=dict)
    covers: dict[str, Line] = Field(default_factory=dict)
    not_covered: dict[str, Line] = Field(default_factory=dict)
    dimensions: dict[str, list[Plain]] = Field(default_factory=dict)
    requires: Annotated[list[Label], Field(max_length=MOST)] = Field(default_factory=list)
    prerequisites: Annotated[list[Slug], Field(max_length=MOST_PREREQUISITES)] = Field(
        default_factory=list
    )


class TestYaml(Strict):
    """A test's own yaml; `None` means inherited. Test groups share these keys."""

    __test__ = False

    args: list[Plain] | None = None
    input_validator_args: list[Plain] | dict[str, list[Plain]] | None = None
    output_validator_args: list[Plain] | None = None
    input_visualizer_args: list[Plain] | None = None
    output_visualizer_args: list[Plain] | None = None
    full_feedback: YesNo | None = None
    hint: Text | None = None
    description: Plain | None = None


class GroupYaml(TestYaml):
    """`test_group.yaml`."""

    max_score: Annotated[Whole, Field(ge=0, le=int(MOST_POINTS))] | Literal["unbounded"] | None = (
        None
    )
    score_aggregation: Literal["pass-fail", "sum", "min"] | None = None
    require_pass: Annotated[list[Plain], BeforeValidator(one_or_more)] = Field(default_factory=list)
    # Declared so that they are refused by their names, and not as unknown keys.
    static_validation_score: Any = None
    static_validator_args: Any = None
    scoring: Any = None
    static_validation: Any = False


class NamedFlags(Strict):
    """The arguments of one validator, by its name."""

    name: Line
    flags: Words = Field(default_factory=list)


class LegacyGroupYaml(Strict):
    """`testdata.yaml` of legacy, and of the draft before the file was renamed."""

    on_reject: Literal["break", "continue"] | None = None
    grading: Literal["default", "custom"] | None = None
    grader_flags: Words | None = None
    input_validator_flags: Words | NamedFlags | None = None
    output_validator_flags: Words | NamedFlags | None = None
    accept_score: Points | None = None
    reject_score: Points | None = None
    range: ScoreRange | None = None


class SubmissionYaml(Strict):
    """The settings in `submissions.yaml` for the submissions that match one pattern."""

    language: Plain | None = None
    entrypoint: Plain | None = None
    authors: People = Field(default_factory=list)
    model_solution: YesNo = False
    permitted: list[FormatVerdict] | None = None
    required: list[FormatVerdict] | None = None
    score: Number | list[Number] | None = None
    message: Plain = ""
    use_for_time_limit: YesNo | Literal["lower", "upper"] | None = None


def group_refusals(yaml: GroupYaml | LegacyGroupYaml | TestYaml) -> Iterator[tuple[Location, str]]:
    """The same as `modern_refusals`, for the yaml of a test, or of a group with the default
    grader."""
    if isinstance(yaml, LegacyGroupYaml):
        for flag in yaml.grader_flags or ():
            if flag not in GRADER_FLAGS:
                known = ", ".join(GRADER_FLAGS)
                yield ("grader_flags",), f"the default grader has no `{flag}`; it has {known}"
        return
    if isinstance(yaml, GroupYaml):
        if yaml.scoring:
            right = "write `max_score` and `score_aggregation`"
            yield ("scoring",), f"`scoring` groups had this key in a draft only; {right}"
        for key in ("static_validation", "static_validation_score", "static_validator_args"):
            if getattr(yaml, key):
                yield (key,), f"`{key}`: static validators are not supported here"
