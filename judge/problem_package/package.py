"""A whole problem package as frozen data: what `load` gives and `publish` and `verify` take."""

from collections.abc import Mapping
from dataclasses import dataclass

from judge.job import CheckerSpec, Kind
from judge.limits import Limits
from judge.problem_package.complaints import PackageComplaint
from judge.verdict import Verdict

LANGUAGES = ("python3", "pytorch", "c", "cpp", "java", "javascript", "rust", "go")
"""The ids of the languages that problems can be solved in, in the order of menus."""


@dataclass(frozen=True, slots=True)
class PackageTest:
    """One test. `name` is the format's base name, e.g. `secret/03-all-equal`; `hint` is a line
    for whoever fails it, by language tag."""

    name: str
    sample: bool
    input: bytes
    answer: bytes
    hint: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class PackageSubmission:
    """An example submission: `path` below `submissions/`, its source, and which of the verdicts
    it must get (the folder's, or what `submissions.yaml` says)."""

    path: str
    language: str
    text: str
    expected: frozenset[Verdict]


@dataclass(frozen=True, slots=True)
class ProblemPackage:
    """A package that has been read and found sound (its submissions are not judged yet).

    `names` and `statements` (Markdown) are by language tag and have the same tags; `images` are
    the statements' own, by file name. `include` holds `include/<language>/` with `default`
    merged in. `mistakes` is by the file name of a submission, then by language tag. `sha256` is
    over every file's path and content. `warnings` did not refuse the package.
    """

    slug: str
    uuid: str | None
    names: Mapping[str, str]
    kind: Kind
    difficulty: str
    tags: tuple[str, ...]
    entry: str | None
    languages: tuple[str, ...]
    limits: Limits
    checker: CheckerSpec
    tests: tuple[PackageTest, ...]
    submissions: tuple[PackageSubmission, ...]
    statements: Mapping[str, str]
    images: Mapping[str, bytes]
    templates: Mapping[str, str]
    mistakes: Mapping[str, Mapping[str, str]]
    include: Mapping[str, Mapping[str, bytes]]
    sha256: str
    warnings: tuple[PackageComplaint, ...] = ()

    def support(self, language: str) -> dict[str, bytes]:
        """The files that are put beside a submission in `language`, by name.

        `pytorch` takes `include/python3` too: it is the same language with torch loaded.
        """
        sources = (
            ("default", "python3", "pytorch") if language == "pytorch" else ("default", language)
        )
        merged: dict[str, bytes] = {}
        for source in sources:
            merged.update(self.include.get(source, {}))
        return merged
