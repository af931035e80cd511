"""The YAML files of a package, as models: `problem.yaml` in its three versions, `judge.yaml`,
the configuration of test groups and tests, and `submissions.yaml`.

The facts are the specification's (Kattis problem package format: `legacy`, `2023-07-draft`,
`2025-09`). What the format allows and this judge can't honour is refused by its name, in
`refusals`; so a package is never half obeyed.
"""

import datetime
import re
from collections.abc import Iterator
from enum import StrEnum
from typing import Annotated, Any, Literal

from pydantic import (
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    StringConstraints,
    field_validator,
)

from judge.problem_package.yaml_files import Location

MAX_TIME_S = 60.0
MAX_MEMORY_MIB = 4096
MAX_OUTPUT_MIB = 64
MIN_CODE_KIB = 64


class FormatVersion(StrEnum):
    """The versions that we read; `DRAFT` was 2025-09's name while it was written."""

    LEGACY = "legacy"
    DRAFT = "2023-07-draft"
    V2025_09 = "2025-09"

    @property
    def statement_folder(self) -> str:
        """Where `problem.<language>.md` lies."""
        return "problem_statement" if self is FormatVersion.LEGACY else "statement"

    @property
    def group_files(self) -> tuple[str, ...]:
        """The names of a test group's configuration. The draft changed its name on the way."""
        if self is FormatVersion.LEGACY:
            return ("testdata.yaml",)
        if self is FormatVersion.DRAFT:
            return ("test_group.yaml", "testdata.yaml")
        return ("test_group.yaml",)


VERSION_NAMES = {
    "legacy": FormatVersion.LEGACY,
    "2023-07-draft": FormatVersion.DRAFT,
    "2023-07": FormatVersion.DRAFT,
    "2025-09": FormatVersion.V2025_09,
    "2025-09-draft": FormatVersion.V2025_09,
}


def _one_or_more(value: Any) -> Any:
    return value if isinstance(value, list) else [value]


def _english(value: Any) -> Any:
    return {"en": value} if isinstance(value, str) else value


def _named(value: Any) -> Any:
    return {"name": value} if isinstance(value, str) else value


def _authors(value: Any) -> Any:
    return {"authors": value} if isinstance(value, str) else value


def _words(value: Any) -> Any:
    return value.split() if isinstance(value, str) else value


LanguageTag = Annotated[str, StringConstraints(pattern=r"^[a-z]{2,3}(-[A-Z]{2})?$")]
Line = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, pattern=r"^[^\n]*$")]
Uuid = Annotated[
    str,
    StringConstraints(pattern=r"^[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}$"),
]
ProblemType = Literal["pass-fail", "scoring", "multi-pass", "interactive", "submit-answer"]
License = Literal[
    "unknown", "public domain", "cc0", "cc by", "cc by-sa", "educational", "permission"
]
LanguageId = Literal["python3", "pytorch", "c", "cpp", "java", "javascript", "rust", "go"]
Words = Annotated[list[str], BeforeValidator(_words)]
Count = Annotated[int, Field(gt=0)]


class Strict(BaseModel):
    """Base of the models of YAML files: an unknown key is an error, nothing is coerced."""

    model_config = ConfigDict(extra="forbid", strict=True, frozen=True)


class Person(Strict):
    """Someone in `credits`, in the long form."""

    name: Line
    email: str | None = None
    orcid: str | None = None
    kattis: str | None = None


People = Annotated[list[Annotated[Person, BeforeValidator(_named)]], BeforeValidator(_one_or_more)]


class Credits(Strict):
    """Who made the problem."""

    authors: People = []
    contributors: People = []
    testers: People = []
    translators: dict[LanguageTag, People] = {}
    packagers: People = []
    acknowledgements: People = []


class Source(Strict):
    """Where the problem was first used."""

    name: Line
    url: str | None = None


Sources = Annotated[list[Annotated[Source, BeforeValidator(_named)]], BeforeValidator(_one_or_more)]


class TimeMultipliers(Strict):
    """Safety margins between the time limit and the example submissions."""

    ac_to_time_limit: float = Field(2.0, ge=1)
    time_limit_to_tle: float = Field(1.5, ge=1)


class SharedLimits(Strict):
    """The limits that every version has. Memory and output in MiB, code in KiB, times in s."""

    memory: int | None = Field(None, gt=0, le=MAX_MEMORY_MIB)
    output: int | None = Field(None, gt=0, le=MAX_OUTPUT_MIB)
    code: int | None = Field(None, ge=MIN_CODE_KIB)
    compilation_time: Count | None = None
    compilation_memory: Count | None = None
    validation_time: Count | None = None
    validation_memory: Count | None = None
    validation_output: Count | None = None


class LimitsYaml(SharedLimits):
    """`limits` of 2023-07-draft and 2025-09."""

    time_multipliers: TimeMultipliers = TimeMultipliers()
    time_limit: float | None = Field(None, gt=0, le=MAX_TIME_S)
    time_resolution: float = Field(1.0, gt=0)
    validation_passes: int | None = Field(None, ge=2)


class LegacyLimits(SharedLimits):
    """`limits` of legacy."""

    time_multiplier: float = Field(5.0, ge=1)
    time_safety_margin: float = Field(2.0, ge=1)


class ProblemYaml(Strict):
    """`problem.yaml` of 2023-07-draft and 2025-09."""

    problem_format_version: str
    type: Annotated[list[ProblemType], BeforeValidator(_one_or_more)] = ["pass-fail"]
    name: Annotated[dict[LanguageTag, Line], BeforeValidator(_english)] = Field(
        description="write e.g. `name: {zh: ..., en: ...}`"
    )
    uuid: Uuid = Field(description="make one with `python3 -c 'import uuid; print(uuid.uuid4())'`")
    version: str | None = None
    credits: Annotated[Credits, BeforeValidator(_authors)] = Credits()
    source: Sources = []
    license: License = "unknown"
    rights_owner: Line | None = None
    embargo_until: datetime.datetime | datetime.date | None = None
    limits: LimitsYaml = LimitsYaml()
    keywords: list[Line] = []
    languages: Annotated[list[Line], BeforeValidator(_one_or_more), Field(min_length=1)] = ["all"]
    allow_file_writing: bool = False
    constants: dict[str, int | float | str] = {}

    @field_validator("constants")
    @classmethod
    def _plain_names(cls, value: dict[str, object]) -> dict[str, object]:
        for name in value:
            if not re.fullmatch("[a-zA-Z_][a-zA-Z0-9_]*", name):
                raise ValueError(f"the constant `{name}` must be letters, digits and `_`")
        return value


class LegacyGrading(Strict):
    """`grading` of legacy; all of it is for scoring problems."""

    objective: Literal["max", "min"] = "max"
    show_test_data_groups: bool = False
    accept_score: float | None = None
    reject_score: float | None = None
    range: str | None = None
    on_reject: Literal["first_error", "worst_error", "grade"] | None = None


class LegacyProblemYaml(Strict):
    """`problem.yaml` of legacy, where the version may be left out."""

    problem_format_version: str = "legacy"
    type: Literal["pass-fail", "scoring"] = "pass-fail"
    name: Line | None = None
    uuid: Uuid | None = None
    author: str | None = None
    source: str | None = None
    source_url: str | None = None
    license: License = "unknown"
    rights_owner: Line | None = None
    limits: LegacyLimits = LegacyLimits()
    validation: str = "default"
    validator_flags: Words = []
    grading: LegacyGrading = LegacyGrading()
    keywords: Words = []


class JudgeYaml(Strict):
    """`judge.yaml`, ours: what the format has no key for."""

    kind: Literal["stdio", "function", "torch"]
    difficulty: Literal["easy", "medium", "hard"] = "medium"
    tags: list[Line] | None = None
    entry: Annotated[str, StringConstraints(pattern=r"^[A-Za-z_][A-Za-z0-9_]*$")] | None = None
    languages: Annotated[list[LanguageId], Field(min_length=1)] | None = None
    checker: Literal["tokens", "exact", "tensors"] = "tokens"
    templates: dict[LanguageId, str] = {}
    hints: dict[str, dict[LanguageTag, Line]] = {}
    mistakes: dict[str, dict[LanguageTag, Line]] = {}


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
    authors: People = []
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
