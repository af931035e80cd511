"""The versions of the format, and `problem.yaml` in each of them, as models.

All facts are from the specification (Kattis problem package format: `legacy`, `2023-07-draft`,
`2025-09`). If the format allows something that this judge can't do, `metadata` refuses it by its
name, so that a package is never half obeyed.
"""

import datetime
import re
from enum import StrEnum
from math import inf
from typing import Annotated, Any, Literal

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    StringConstraints,
    field_validator,
    model_validator,
)

from judge.problem_package.decimals import MOST_POINTS, decimal
from judge.problem_package.yaml_tree import WrittenFloat, WrittenInt

MAX_TIME_S = 60.0
MAX_MEMORY_MIB = 4096
MAX_OUTPUT_MIB = 64
MAX_COMPILE_S = 60
MAX_VALIDATION_S = 60


class FormatVersion(StrEnum):
    """The versions that we read; `DRAFT` was 2025-09's name while it was written."""

    LEGACY = "legacy"
    DRAFT = "2023-07-draft"
    V2025_09 = "2025-09"

    @property
    def statement_folder(self) -> str:
        """The folder of `problem.<language>.md`."""
        return "problem_statement" if self is FormatVersion.LEGACY else "statement"

    @property
    def group_files(self) -> tuple[str, ...]:
        """The names of a test group's configuration. The name changed during the draft."""
        if self is FormatVersion.LEGACY:
            return ("testdata.yaml",)
        if self is FormatVersion.DRAFT:
            return ("test_group.yaml", "testdata.yaml")
        return ("test_group.yaml",)


VERSION_NAMES = {
    "legacy": FormatVersion.LEGACY,
    # What legacy's problems without scores call it; legacy has all that this one has.
    "legacy-icpc": FormatVersion.LEGACY,
    "2023-07-draft": FormatVersion.DRAFT,
    "2023-07": FormatVersion.DRAFT,
    "2025-09": FormatVersion.V2025_09,
    "2025-09-draft": FormatVersion.V2025_09,
}


def one_or_more(value: Any) -> Any:
    """Make a list of a single value; a list stays as it is."""
    return value if isinstance(value, list) else [value]


def _text(value: Any) -> Any:
    """Where only text can be meant, a number without quotes is the text that its author wrote:
    `name: 2048`, `source: 2019`, `1e-6` among a validator's arguments."""
    return value.text if isinstance(value, WrittenInt | WrittenFloat) else value


def _english(value: Any) -> Any:
    value = _text(value)
    return {"en": value} if isinstance(value, str) else value


def _named(value: Any) -> Any:
    value = _text(value)
    return {"name": value} if isinstance(value, str) else value


def _authors(value: Any) -> Any:
    value = _text(value)
    return {"authors": value} if isinstance(value, str) else value


def _words(value: Any) -> Any:
    """Split a text into words at blanks."""
    value = _text(value)
    return value.split() if isinstance(value, str) else value


_INFINITE = {"-inf": -inf, "inf": inf, "+inf": inf}
_YES = frozenset({"yes", "on", "true"})
_NO = frozenset({"no", "off", "false"})


def _yes_or_no(value: Any) -> Any:
    """Accept YAML 1.1's booleans too (https://yaml.org/type/bool.html, as YAML readers take them):
    the format names no version of YAML, and its first tools read 1.1."""
    plain = isinstance(value, str) and value in (value.lower(), value.capitalize(), value.upper())
    word = value.lower() if plain else None
    return word in _YES if word in _YES | _NO else value


def _number(value: Any) -> Any:
    """Accept a number in quotes, too."""
    if isinstance(value, str):
        return decimal(value.strip())
    if not isinstance(value, int) or isinstance(value, bool):
        return value
    try:
        return float(value)
    except OverflowError:
        return inf  # which is refused, since a number is finite


def _whole(value: Any) -> Any:
    """Accept a whole number that is written as text or as a fraction: `"1024"`, `1024.0`."""
    number = decimal(value.strip()) if isinstance(value, str) else value
    return int(number) if isinstance(number, float) and number.is_integer() else value


def _date(value: Any) -> Any:
    """Read a date or a time of ISO 8601; other text stays, so that it is refused as no date."""
    if not isinstance(value, str):
        return value
    for kind in (datetime.date, datetime.datetime):
        try:
            return kind.fromisoformat(value)
        except ValueError:
            continue
    return value


def _range(value: Any) -> Any:
    if not isinstance(value, str):
        return value
    words = value.split()
    ends = tuple(_INFINITE[word] if word in _INFINITE else decimal(word) for word in words)
    if list(ends) != sorted(ends):
        raise ValueError("give the lower end first")
    return ends


# A language of ISO 639, with or without a country of ISO 3166: `zh`, `pt-BR`.
LanguageTag = Annotated[str, StringConstraints(pattern=r"^[a-z]{2,3}(-[A-Z]{2})?$")]
Plain = Annotated[str, BeforeValidator(_text)]
"""Text, which may look like a number."""
Line = Annotated[Plain, StringConstraints(strip_whitespace=True, min_length=1, pattern=r"^[^\n]*$")]
Uuid = Annotated[
    str,
    StringConstraints(pattern=r"^[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}$"),
]
ProblemType = Literal["pass-fail", "scoring", "multi-pass", "interactive", "submit-answer"]
License = Literal[
    "unknown", "public domain", "cc0", "cc by", "cc by-sa", "educational", "permission"
]
Words = Annotated[list[Plain], BeforeValidator(_words)]
YesNo = Annotated[bool, BeforeValidator(_yes_or_no)]
Number = Annotated[float, BeforeValidator(_number)]
Points = Annotated[Number, Field(ge=-MOST_POINTS, le=MOST_POINTS)]
_End = Annotated[float, Field(allow_inf_nan=True)]
ScoreRange = Annotated[tuple[_End, _End], BeforeValidator(_range)]
"""`0 100`, or `-inf +inf`."""
Whole = Annotated[int, BeforeValidator(_whole)]
Count = Annotated[Whole, Field(gt=0)]


class Strict(BaseModel):
    """Base of the models of YAML files: an unknown key is an error, no value is converted, and a
    number is finite. A known key without a value (`author:`) counts as missing."""

    model_config = ConfigDict(extra="forbid", strict=True, frozen=True, allow_inf_nan=False)

    @model_validator(mode="before")
    @classmethod
    def _without_empty(cls, data: Any) -> Any:
        if not isinstance(data, dict):
            return data
        # An unknown key stays, so that it is refused by its name.
        return {k: v for k, v in data.items() if v is not None or k not in cls.model_fields}


class Person(Strict):
    """Someone in `credits`, in the long form."""

    name: Line
    email: Plain | None = None
    orcid: Plain | None = None
    kattis: Plain | None = None


People = Annotated[list[Annotated[Person, BeforeValidator(_named)]], BeforeValidator(one_or_more)]


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
    url: Plain | None = None


Sources = Annotated[list[Annotated[Source, BeforeValidator(_named)]], BeforeValidator(one_or_more)]


class TimeMultipliers(Strict):
    """Safety margins between the time limit and the example submissions."""

    ac_to_time_limit: Number = Field(2.0, ge=1)
    time_limit_to_tle: Number = Field(1.5, ge=1)


class SharedLimits(Strict):
    """The limits that every version has. Memory and output in MiB, code in KiB, times in s."""

    memory: Whole | None = Field(None, gt=0, le=MAX_MEMORY_MIB)
    output: Whole | None = Field(None, gt=0, le=MAX_OUTPUT_MIB)
    code: Count | None = None
    compilation_time: Whole | None = Field(None, gt=0, le=MAX_COMPILE_S)
    compilation_memory: Whole | None = Field(None, gt=0, le=MAX_MEMORY_MIB)
    validation_time: Whole | None = Field(None, gt=0, le=MAX_VALIDATION_S)
    validation_memory: Whole | None = Field(None, gt=0, le=MAX_MEMORY_MIB)
    validation_output: Whole | None = Field(None, gt=0, le=MAX_OUTPUT_MIB)


class LimitsYaml(SharedLimits):
    """`limits` of 2023-07-draft and 2025-09."""

    time_multipliers: TimeMultipliers = TimeMultipliers()
    time_limit: Number | None = Field(None, gt=0, le=MAX_TIME_S)
    # A limit below a microsecond can't be kept, nor one above the longest.
    time_resolution: Number = Field(1.0, ge=1e-6, le=MAX_TIME_S)
    validation_passes: Whole | None = Field(None, ge=2)


class LegacyLimits(SharedLimits):
    """`limits` of legacy, which gives the multipliers no lower bound."""

    time_multiplier: Number = Field(5.0, gt=0)
    time_safety_margin: Number = Field(2.0, gt=0)


def _variants(value: Any) -> Any:
    """A fraction stays as its author wrote it: `1e9` must not become `1000000000.0`."""
    variants = value if isinstance(value, dict) else {"value": value}
    return {
        name: one.text if isinstance(one, WrittenFloat) else one for name, one in variants.items()
    }


def _with_value(variants: dict[str, int | float | str]) -> dict[str, int | float | str]:
    if "value" not in variants:
        raise ValueError("a constant with variants needs the key `value` among them")
    return variants


Constant = Annotated[
    dict[str, int | float | str], BeforeValidator(_variants), AfterValidator(_with_value)
]
"""A constant's value, and its other representations, by the name of the variant."""


class ProblemYaml(Strict):
    """`problem.yaml` of 2023-07-draft and 2025-09."""

    problem_format_version: str
    type: Annotated[list[ProblemType], BeforeValidator(one_or_more)] = ["pass-fail"]
    name: Annotated[dict[LanguageTag, Line], BeforeValidator(_english)] = Field(
        description="write e.g. `name: {zh: ..., en: ...}`"
    )
    uuid: Uuid | None = None
    version: Plain | None = None
    credits: Annotated[Credits, BeforeValidator(_authors)] = Credits()
    source: Sources = []
    license: License = "unknown"
    rights_owner: Line | None = None
    embargo_until: Annotated[datetime.datetime | datetime.date | None, BeforeValidator(_date)] = (
        None
    )
    limits: LimitsYaml = LimitsYaml()
    keywords: list[Line] = []
    languages: Annotated[list[Line], BeforeValidator(one_or_more), Field(min_length=1)] = ["all"]
    allow_file_writing: YesNo = False
    constants: dict[str, Constant] = {}

    @field_validator("constants")
    @classmethod
    def _plain_names(cls, value: dict[str, object]) -> dict[str, object]:
        for name in value:
            if not re.fullmatch("[a-zA-Z_][a-zA-Z0-9_]*", name):
                raise ValueError(f"the constant `{name}` must be letters, digits and `_`")
        return value


class LegacyGrading(Strict):
    """`grading` of legacy."""

    objective: Literal["max", "min"] = "max"
    show_test_data_groups: YesNo = False
    accept_score: Points | None = None
    reject_score: Points | None = None
    range: ScoreRange | None = None
    on_reject: Literal["first_error", "worst_error", "grade"] | None = None


class LegacyProblemYaml(Strict):
    """`problem.yaml` of legacy, where the version may be left out."""

    problem_format_version: str = "legacy"
    type: Literal["pass-fail", "scoring"] = "pass-fail"
    name: Annotated[dict[LanguageTag, Line], BeforeValidator(_english)] | None = None
    uuid: Uuid | None = None
    author: Plain | None = None
    source: Plain | None = None
    source_url: Plain | None = None
    license: License = "unknown"
    rights_owner: Line | None = None
    limits: LegacyLimits = LegacyLimits()
    validation: str = "default"
    validator_flags: Words = []
    grading: LegacyGrading = LegacyGrading()
    keywords: Words = []
