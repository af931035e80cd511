"""`problem.yaml` of any version in one shape, and what it asks for that we refuse."""

import datetime
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from judge.problem_package.complaints import Complaints
from judge.problem_package.format import (
    VERSION_NAMES,
    FormatVersion,
    LegacyGrading,
    LegacyProblemYaml,
    ProblemYaml,
    SharedLimits,
)
from judge.problem_package.package import LANGUAGES
from judge.problem_package.yaml_files import Location, YamlFile, parse_yaml, validate


@dataclass(frozen=True, slots=True)
class Metadata:
    """`problem.yaml` of any version, in one shape. `names` of legacy may be empty: then they
    are the statements' own."""

    version: FormatVersion
    names: dict[str, str]
    uuid: str | None
    limits: SharedLimits
    time_limit_s: float | None
    keywords: tuple[str, ...]
    languages: tuple[str, ...]
    checker_arguments: tuple[str, ...]
    constants: dict[str, int | float | str]


Refusal = tuple[Location, str]


def modern_metadata(version: FormatVersion, yaml: ProblemYaml) -> Metadata:
    """`problem.yaml` of 2023-07-draft or 2025-09."""
    wanted = LANGUAGES if yaml.languages == ["all"] else tuple(yaml.languages)
    return Metadata(
        version=version,
        names=dict(yaml.name),
        uuid=yaml.uuid.lower(),
        limits=yaml.limits,
        time_limit_s=yaml.limits.time_limit,
        keywords=tuple(yaml.keywords),
        languages=tuple(language for language in LANGUAGES if language in wanted),
        checker_arguments=(),
        constants=dict(yaml.constants),
    )


def legacy_metadata(yaml: LegacyProblemYaml) -> Metadata:
    """`problem.yaml` of legacy."""
    return Metadata(
        version=FormatVersion.LEGACY,
        names={"en": yaml.name} if yaml.name else {},
        uuid=yaml.uuid.lower() if yaml.uuid else None,
        limits=yaml.limits,
        time_limit_s=None,
        keywords=tuple(yaml.keywords),
        languages=LANGUAGES,
        checker_arguments=tuple(yaml.validator_flags),
        constants={},
    )


def modern_refusals(yaml: ProblemYaml, now: datetime.datetime) -> Iterator[Refusal]:
    """What `problem.yaml` asks and we can't honour: where, and what to do."""
    for name in yaml.type:
        if name != "pass-fail":
            yield ("type",), f"the type `{name}` is not supported here yet; only `pass-fail` is"
    if yaml.limits.validation_passes is not None:
        yield ("limits", "validation_passes"), "`validation_passes` is for multi-pass problems only"
    if yaml.languages != ["all"] and not set(yaml.languages) & set(LANGUAGES):
        yield ("languages",), f"none of these languages is known here: {', '.join(LANGUAGES)}"
    if yaml.embargo_until is not None and _moment(yaml.embargo_until) > now:
        yield (
            ("embargo_until",),
            "`embargo_until` lies ahead, and this judge publishes at once: upload it after that",
        )
    yield from _license_refusals(yaml)


def legacy_refusals(yaml: LegacyProblemYaml) -> Iterator[Refusal]:
    """As `modern_refusals`, for legacy."""
    if yaml.type != "pass-fail":
        yield ("type",), f"the type `{yaml.type}` is not supported here yet; only `pass-fail` is"
    if yaml.validation.split()[:1] != ["default"]:
        yield (
            ("validation",),
            f"`validation: {yaml.validation}` asks for a custom output validator, which is not "
            "supported here yet; use `default`",
        )
    if yaml.grading != LegacyGrading():
        yield ("grading",), "`grading` is for scoring problems, which are not supported here yet"


def _license_refusals(yaml: ProblemYaml) -> Iterator[Refusal]:
    if yaml.license == "public domain" and yaml.rights_owner:
        yield ("rights_owner",), "a problem in the public domain has no `rights_owner`"
    owner = yaml.rights_owner or yaml.credits.authors or yaml.source
    if yaml.license not in ("unknown", "public domain") and not owner:
        yield ("license",), f"`{yaml.license}` needs a `rights_owner`, `credits` or a `source`"


def _moment(value: datetime.date) -> datetime.datetime:
    if not isinstance(value, datetime.datetime):
        value = datetime.datetime(value.year, value.month, value.day)
    return value if value.tzinfo else value.replace(tzinfo=datetime.UTC)


def read_problem_yaml(files: Mapping[str, bytes], complaints: Complaints) -> Metadata | None:
    """Read it, or complain and give None."""
    if "problem.yaml" not in files:
        complaints.add("problem.yaml", "missing; every package has one at its top")
        return None
    file = parse_yaml("problem.yaml", files["problem.yaml"], complaints)
    if file is None:
        return None
    said = file.data.get("problem_format_version", "legacy")
    version = VERSION_NAMES.get(said) if isinstance(said, str) else None
    if version is None:
        known = ", ".join(FormatVersion)
        message = f"`problem_format_version: {said}` is not known here; known are {known}"
        complaints.add(file.path, message, file.line(("problem_format_version",)))
        return None
    if version is FormatVersion.LEGACY:
        return _legacy(file, complaints)
    return _modern(version, file, complaints)


def _modern(version: FormatVersion, file: YamlFile, complaints: Complaints) -> Metadata | None:
    yaml = validate(file, ProblemYaml, complaints)
    if yaml is None:
        return None
    _refuse_all(file, modern_refusals(yaml, datetime.datetime.now(datetime.UTC)), complaints)
    return modern_metadata(version, yaml)


def _legacy(file: YamlFile, complaints: Complaints) -> Metadata | None:
    yaml = validate(file, LegacyProblemYaml, complaints)
    if yaml is None:
        return None
    _refuse_all(file, legacy_refusals(yaml), complaints)
    return legacy_metadata(yaml)


def _refuse_all(file: YamlFile, refusals: Iterator[Refusal], complaints: Complaints) -> None:
    for location, message in refusals:
        complaints.add(file.path, message, file.line(location))
