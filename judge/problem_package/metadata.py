"""`problem.yaml` of any version as one class, and the settings in it that we refuse."""

import datetime
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from judge.languages import LANGUAGES
from judge.problem_package.complaints import Complaints
from judge.problem_package.format import (
    VERSION_NAMES,
    FormatVersion,
    LegacyGrading,
    LegacyProblemYaml,
    ProblemYaml,
    SharedLimits,
)
from judge.problem_package.package import Timing
from judge.problem_package.yaml_files import OtherVersion, YamlFile, parse_yaml, validate
from judge.problem_package.yaml_tree import Location

_PASSES = 2


@dataclass(frozen=True, slots=True)
class Metadata:
    """`problem.yaml` of any version, in one shape. `names` may be empty in legacy: then each
    statement has its own. `passes` is 1 unless the problem is multi-pass."""

    version: FormatVersion
    names: dict[str, str]
    uuid: str | None
    limits: SharedLimits
    time_limit_s: float | None
    timing: Timing
    keywords: tuple[str, ...]
    languages: tuple[str, ...]
    checker_arguments: tuple[str, ...]
    constants: Mapping[str, Mapping[str, int | float | str]]
    scoring: bool = False
    interactive: bool = False
    passes: int = 1
    submit_answer: bool = False
    custom_validation: bool = False
    custom_score: bool = False
    legacy_grading: LegacyGrading = field(default_factory=LegacyGrading)

    @property
    def may_converse(self) -> bool:
        """Whether samples may be shown as conversations."""
        return self.interactive or self.passes > 1

    @property
    def may_score(self) -> bool:
        """Whether a validator may give points. Legacy has a separate setting for that."""
        return self.custom_score if self.version is FormatVersion.LEGACY else self.scoring

    @property
    def must_score(self) -> bool:
        """Whether a validator must give points, as for legacy's `validation: custom score`."""
        return self.custom_score


Refusal = tuple[Location, str]


def modern_metadata(version: FormatVersion, yaml: ProblemYaml) -> Metadata:
    """`problem.yaml` of 2023-07-draft or 2025-09."""
    wanted = tuple(LANGUAGES) if yaml.languages == ["all"] else tuple(yaml.languages)
    margins = yaml.limits.time_multipliers
    return Metadata(
        version=version,
        names=dict(yaml.name),
        # UUIDs are compared as text, and may be written in either case.
        uuid=yaml.uuid.lower() if yaml.uuid else None,
        limits=yaml.limits,
        time_limit_s=yaml.limits.time_limit,
        timing=Timing(
            fixed=yaml.limits.time_limit is not None,
            accepted_to_limit=margins.ac_to_time_limit,
            limit_to_too_slow=margins.time_limit_to_tle,
            resolution_s=yaml.limits.time_resolution,
        ),
        keywords=tuple(yaml.keywords),
        # In our order, not in the author's.
        languages=tuple(language for language in LANGUAGES if language in wanted),
        checker_arguments=(),
        constants=yaml.constants,
        scoring="scoring" in yaml.type,
        interactive="interactive" in yaml.type,
        submit_answer="submit-answer" in yaml.type,
        passes=(yaml.limits.validation_passes or _PASSES) if "multi-pass" in yaml.type else 1,
    )


def legacy_metadata(yaml: LegacyProblemYaml) -> Metadata:
    """`problem.yaml` of legacy."""
    words = yaml.validation.split()
    return Metadata(
        version=FormatVersion.LEGACY,
        names=dict(yaml.name or {}),
        uuid=yaml.uuid.lower() if yaml.uuid else None,
        limits=yaml.limits,
        time_limit_s=None,
        timing=Timing(
            fixed=False,
            accepted_to_limit=yaml.limits.time_multiplier,
            limit_to_too_slow=yaml.limits.time_safety_margin,
        ),
        keywords=tuple(yaml.keywords),
        languages=tuple(LANGUAGES),
        checker_arguments=tuple(yaml.validator_flags),
        constants={},
        scoring=yaml.type == "scoring",
        interactive="interactive" in words[1:],
        custom_validation=words[:1] == ["custom"],
        custom_score="score" in words[1:],
        legacy_grading=yaml.grading,
    )


def modern_refusals(
    version: FormatVersion, yaml: ProblemYaml, now: datetime.datetime
) -> Iterator[Refusal]:
    """The settings in `problem.yaml` that we can't honour: each with its place and what to do."""
    if (
        yaml.uuid is None and version is FormatVersion.V2025_09
    ):  # the draft had it optional at first
        how = "make one with `python3 -c 'import uuid; print(uuid.uuid4())'`"
        yield ("uuid",), f"the key `uuid` is missing; {how}"
    if len(set(yaml.type)) < len(yaml.type):
        yield ("type",), "`type` says the same thing twice; keep one"
    if "submit-answer" in yaml.type and {"multi-pass", "interactive"} & set(yaml.type):
        yield ("type",), "`submit-answer` excludes `multi-pass` and `interactive`"
    if {"pass-fail", "scoring"} <= set(yaml.type):
        yield ("type",), "`pass-fail` and `scoring` exclude each other; keep one"
    if yaml.limits.validation_passes is not None and "multi-pass" not in yaml.type:
        yield ("limits", "validation_passes"), "`validation_passes` is for multi-pass problems only"
    if yaml.languages != ["all"] and not set(yaml.languages) & set(LANGUAGES):
        yield ("languages",), f"none of these languages is known here: {', '.join(LANGUAGES)}"
    if yaml.embargo_until is not None and _moment(yaml.embargo_until) > now:
        yield (
            ("embargo_until",),
            "`embargo_until` lies ahead, and this judge publishes at once: upload it after that",
        )
    if yaml.limits.time_limit is not None:
        steps = yaml.limits.time_limit / yaml.limits.time_resolution
        # 0.3 / 0.1 is not 3 in binary, but counts as an integer multiple.
        if round(steps) < 1 or abs(steps - round(steps)) > 1e-9 * steps:
            yield (
                ("limits", "time_limit"),
                f"`limits.time_limit` must be an integer multiple of `time_resolution`, which is "
                f"{yaml.limits.time_resolution:g}; change one of the two",
            )
    if yaml.license == "public domain" and yaml.rights_owner:
        yield ("rights_owner",), "a problem in the public domain has no `rights_owner`"
    # The format's owner by default: the authors, else the source.
    owner = yaml.rights_owner or yaml.credits.authors or yaml.source
    if yaml.license not in ("unknown", "public domain") and not owner:
        yield ("license",), f"`{yaml.license}` needs a `rights_owner`, `credits` or a `source`"


def legacy_refusals(yaml: LegacyProblemYaml) -> Iterator[Refusal]:
    """The same as `modern_refusals`, for legacy."""
    words = yaml.validation.split()
    if words[:1] not in (["default"], ["custom"]) or set(words[1:]) - {"score", "interactive"}:
        yield (
            ("validation",),
            f"`validation: {yaml.validation}` must be `default` or `custom`; `score` and "
            "`interactive` may follow `custom`",
        )
    if yaml.grading.objective == "min":
        yield ("grading",), "`objective: min` is not supported: here more points are better"
    if yaml.type != "scoring" and "score" in words[1:]:
        yield ("validation",), "`validation: custom score` is for problems of `type: scoring` only"


def legacy_oddities(yaml: LegacyProblemYaml) -> Iterator[Refusal]:
    """What the format forbids but does no harm here: it gives a warning, not an error."""
    if yaml.source_url and not yaml.source:
        yield ("source_url",), "the format wants no `source_url` without a `source`"
    if yaml.license == "public domain" and yaml.rights_owner:
        yield ("rights_owner",), "a problem in the public domain has no `rights_owner`"
    owner = yaml.rights_owner or yaml.author or yaml.source
    if yaml.license not in ("unknown", "public domain") and not owner:
        yield ("license",), f"`{yaml.license}` wants a `rights_owner`, an `author` or a `source`"
    for key in ("time_multiplier", "time_safety_margin"):
        if getattr(yaml.limits, key) < 1:
            yield ("limits", key), f"`limits.{key}` is below 1, which later versions forbid"
    if yaml.type != "scoring" and yaml.grading != LegacyGrading():
        yield ("grading",), "`grading` has no meaning here: it is for `type: scoring`"


def _moment(value: datetime.date) -> datetime.datetime:
    if not isinstance(value, datetime.datetime):
        value = datetime.datetime(value.year, value.month, value.day)
    # A time without a zone counts as UTC.
    return value if value.tzinfo else value.replace(tzinfo=datetime.UTC)


def read_problem_yaml(files: Mapping[str, bytes], complaints: Complaints) -> Metadata | None:
    """Read `problem.yaml`, or complain and return None."""
    if "problem.yaml" not in files:
        complaints.add("problem.yaml", "missing; every package has one at its top")
        return None
    file = parse_yaml("problem.yaml", files["problem.yaml"], complaints)
    if file is None:
        return None
    # A file without a version is legacy's.
    said = file.data.get("problem_format_version", "legacy")
    version = VERSION_NAMES.get(said) if isinstance(said, str) else None
    if version is None:
        known = ", ".join(FormatVersion)
        message = f"`problem_format_version: {said}` is not known here; known are {known}"
        complaints.add(file.path, message, file.line(("problem_format_version",)))
        return None
    if version is not FormatVersion.LEGACY:
        return _modern(version, file, complaints)
    other = OtherVersion(version, FormatVersion.V2025_09, ProblemYaml)
    yaml = validate(file, LegacyProblemYaml, complaints, other)
    if yaml is None:
        return None
    _refuse_all(file, legacy_refusals(yaml), complaints)
    for location, message in legacy_oddities(yaml):
        complaints.warn(file.path, message, file.line(location))
    return legacy_metadata(yaml)


def _modern(version: FormatVersion, file: YamlFile, complaints: Complaints) -> Metadata | None:
    other = OtherVersion(version, FormatVersion.LEGACY, LegacyProblemYaml)
    yaml = validate(file, ProblemYaml, complaints, other)
    if yaml is None:
        return None
    now = datetime.datetime.now(datetime.UTC)
    _refuse_all(file, modern_refusals(version, yaml, now), complaints)
    return modern_metadata(version, yaml)


def _refuse_all(file: YamlFile, refusals: Iterator[Refusal], complaints: Complaints) -> None:
    for location, message in refusals:
        complaints.add(file.path, message, file.line(location))
