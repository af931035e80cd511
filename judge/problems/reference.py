"""A problem's reference solutions, which are shown to users who have solved it.

They are the accepted submissions that `submissions.yaml` calls a `model_solution`. If there is
none, it is the first accepted one by name, in the first language that has a template.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from judge.db.models import ProblemVersion
from judge.db.session import Database
from judge.problems.stored import MODEL
from judge.problems.views import newest_version
from judge.submissions.jobs import program_of
from judge.verdict import Verdict


@dataclass(frozen=True, slots=True)
class SourceFile:
    """A file of a program."""

    name: str
    text: str


@dataclass(frozen=True, slots=True)
class ReferenceSolution:
    """An accepted submission of the package; it starts at the first of its files."""

    name: str
    language: str
    files: tuple[SourceFile, ...]


def read_references(db: Database, slug: str) -> tuple[ReferenceSolution, ...]:
    """The solutions of the newest version, by name; empty if there is no such problem. The caller
    checks whether the reader may see them. Raises CorruptBlobError, UnavailableError."""
    with db.read() as session:
        found = newest_version(session, slug)
        if found is None:
            return ()
        solutions = []
        for stored in _chosen(found[1]):
            program = program_of(session, stored)
            name = stored["path"].rpartition("/")[2]
            files = [SourceFile(program.name or name, program.text)]
            # The files beside the source may be of any kind.
            for other, content in sorted(program.files.items()):
                files.append(SourceFile(other, content.decode("utf-8", "replace")))
            solutions.append(ReferenceSolution(name, program.language, tuple(files)))
        return tuple(solutions)


def _chosen(version: ProblemVersion) -> Sequence[Mapping[str, Any]]:
    by_path = sorted(version.submissions, key=lambda each: each["path"])
    accepted = [each for each in by_path if each["expected"] == [Verdict.AC]]
    # Versions published before `model_solution` was read don't have it.
    if models := [each for each in accepted if each.get(MODEL)]:
        return models
    languages = sorted(version.languages, key=lambda language: language not in version.templates)
    by_language = [each for one in languages for each in accepted if each["language"] == one]
    return by_language[:1]
