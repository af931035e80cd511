"""An interview's file, `interviews/NAME.yaml`: its rounds, how long each takes, and its tasks.

It is read as a package's YAML files are: all errors are reported at once, by file and line.
"""

import hashlib
import re
from collections.abc import Collection
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

from pydantic import Field

from judge.problem_package.complaints import Complaints
from judge.problem_package.format import LanguageTag, Line, Strict
from judge.problem_package.yaml_files import YamlFile, parse_yaml, validate

MOST_ROUNDS = 10
MOST_TASKS = 20
LONGEST_ROUND_MINUTES = 24 * 60
_NAME = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*")

Texts = Annotated[dict[LanguageTag, Line], Field(min_length=1)]


class RoundYaml(Strict):
    """One round."""

    title: Texts
    minutes: Annotated[int, Field(ge=1, le=LONGEST_ROUND_MINUTES)]
    tasks: Annotated[list[Line], Field(min_length=1, max_length=MOST_TASKS)]


class InterviewYaml(Strict):
    """The whole file."""

    title: Texts
    description: Texts
    rounds: Annotated[list[RoundYaml], Field(min_length=1, max_length=MOST_ROUNDS)]


@dataclass(frozen=True, slots=True)
class InterviewFile:
    """A valid file; `name` is the file's name without its suffix."""

    name: str
    sha256: str
    yaml: InterviewYaml


def read_interview(path: Path, known: Collection[str]) -> InterviewFile:
    """Read the interview in a file; its tasks must be among the problems `known` (slugs).

    Raises PackageError with every complaint, and OSError.
    """
    complaints = Complaints()
    content = path.read_bytes()
    if not _NAME.fullmatch(path.stem):
        message = "the file's name must be of a-z, 0-9 and single hyphens, e.g. `first-round.yaml`"
        complaints.add(path.name, message)
    file = parse_yaml(path.name, content, complaints)
    yaml = validate(file, InterviewYaml, complaints) if file else None
    if file and yaml:
        _check_tasks(file, yaml, known, complaints)
    complaints.raise_if_any()
    assert yaml is not None
    return InterviewFile(path.stem, hashlib.sha256(content).hexdigest(), yaml)


def _check_tasks(
    file: YamlFile, yaml: InterviewYaml, known: Collection[str], complaints: Complaints
) -> None:
    seen: set[str] = set()
    for number, one in enumerate(yaml.rounds):
        for place, slug in enumerate(one.tasks):
            line = file.line(("rounds", number, "tasks", place))
            if slug not in known:
                complaints.add(file.path, f"there is no problem `{slug}`", line)
            elif slug in seen:
                # The problem decides in which round a submission counts, so it can't be in two.
                complaints.add(file.path, f"`{slug}` is a task already; keep one", line)
            seen.add(slug)
