"""The YAML files beside `problem.yaml`, as models: `judge.yaml`, the configuration of tests and
of their groups, and `submissions.yaml`.
"""

from collections.abc import Iterator
from typing import Annotated, Any, Literal

from pydantic import Field, StringConstraints

from judge.problem_package.format import LanguageTag, Line, People, Strict, Words
from judge.problem_package.yaml_files import Location

LanguageId = Literal["python3", "pytorch", "c", "cpp", "java", "javascript", "rust", "go"]


class JudgeYaml(Strict):
    """`judge.yaml`, ours: what the format has no key for."""

    kind: Literal["stdio", "function", "torch"]
    difficulty: Literal["easy", "medium", "hard"] = "medium"
    tags: list[Line] | None = None
    entry: Annotated[str, StringConstraints(pattern=r"^[A-Za-z_][A-Za-z0-9_]*$")] | None = None
    languages: Annotated[list[LanguageId], Field(min_length=1)] | None = None
    checker: Literal["tokens", "exact", "tensors"] = "tokens"
    templates: dict[LanguageId, str] = Field(default_factory=dict)
    hints: dict[str, dict[LanguageTag, Line]] = Field(default_factory=dict)
    mistakes: dict[str, dict[LanguageTag, Line]] = Field(default_factory=dict)


class TestYaml(Strict):
    """A test's own yaml; `None` means inherited. Test groups share these keys."""

    __test__ = False

    args: list[str] | None = None
    input_validator_args: list[str] | dict[str, list[str]] | None = None
    output_validator_args: list[str] | None = None
    full_feedback: bool | None = None
    hint: Line | None = None
    description: str | None = None


class GroupYaml(TestYaml):
    """`test_group.yaml`."""

    scoring: Any = None
    static_validation: Any = False


class LegacyGroupYaml(Strict):
    """`testdata.yaml`: legacy's, and the draft's before it was renamed."""

    on_reject: Literal["break", "continue"] = "break"
    grading: Literal["default", "custom"] = "default"
    grader_flags: str = ""
    input_validator_flags: str = ""
    output_validator_flags: Words | None = None
    accept_score: float | str | None = None
    reject_score: float | str | None = None
    range: str | None = None


class SubmissionYaml(Strict):
    """What `submissions.yaml` says of the submissions that match one pattern."""

    language: str | None = None
    entrypoint: str | None = None
    authors: People = Field(default_factory=list)
    model_solution: bool = False
    permitted: list[Literal["AC", "WA", "TLE", "RTE"]] | None = None
    required: list[Literal["AC", "WA", "TLE", "RTE"]] | None = None
    use_for_time_limit: bool | Literal["lower", "upper"] | None = None


def group_refusals(yaml: GroupYaml | LegacyGroupYaml | TestYaml) -> Iterator[tuple[Location, str]]:
    """As `modern_refusals`, for the yaml of a test or a group."""
    if isinstance(yaml, LegacyGroupYaml):
        if yaml.grading == "custom":
            yield ("grading",), "`grading: custom` (a grader program) is not supported here yet"
        for key in ("grader_flags", "accept_score", "reject_score", "range"):
            if getattr(yaml, key):
                yield (key,), f"`{key}` is for scoring problems, which are not supported here yet"
        return
    if yaml.args:
        yield ("args",), "`args` (command-line arguments) are not supported here yet"
    if isinstance(yaml, GroupYaml):
        if yaml.scoring:
            yield ("scoring",), "`scoring` groups are not supported here yet"
        if yaml.static_validation:
            yield ("static_validation",), "`static_validation` is not supported here yet"
