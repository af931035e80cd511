"""`judge.yaml`, with settings that the format has no key for, and checks against the package."""

import fnmatch
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import PurePosixPath

from judge.job import Kind
from judge.problem_package.cases import Cases
from judge.problem_package.complaints import Complaints
from judge.problem_package.metadata import Refusal
from judge.problem_package.package import PackageSubmission
from judge.problem_package.side_files import JudgeYaml
from judge.problem_package.yaml_files import YamlFile, parse_yaml, validate


def read_judge_yaml(
    files: Mapping[str, bytes], complaints: Complaints
) -> tuple[YamlFile | None, JudgeYaml | None]:
    """The file with its lines, and its content; both None if there is no file."""
    if "judge.yaml" not in files:
        return None, None
    file = parse_yaml("judge.yaml", files["judge.yaml"], complaints)
    return file, validate(file, JudgeYaml, complaints) if file else None


@dataclass(frozen=True, slots=True)
class JudgeFileCheck:
    """Checks `judge.yaml` against the tests and submissions; complaints go to `complaints`."""

    judge: JudgeYaml
    kind: Kind
    languages: tuple[str, ...]
    complaints: Complaints

    def check(
        self, file: YamlFile, cases: Cases, submissions: tuple[PackageSubmission, ...]
    ) -> None:
        """Complain of every name that matches nothing."""
        for location, message in self._refusals(self.judge, cases, submissions):
            self.complaints.add("judge.yaml", message, file.line(location))

    def _refusals(
        self, judge: JudgeYaml, cases: Cases, submissions: tuple[PackageSubmission, ...]
    ) -> Iterator[Refusal]:
        called = self.kind in {Kind.FUNCTION, Kind.TORCH}
        for key in ("checker", "entry", "templates", "languages") if self.kind is Kind.QUIZ else ():
            if key in judge.model_fields_set:
                yield (key,), f"a quiz has no `{key}`; take it out"
        if called and judge.entry is None:
            yield ("kind",), f"kind `{self.kind}` needs `entry`: the name that the driver calls"
        languages = self.languages
        if not languages:
            only = "torch takes `pytorch` only, a quiz `answers`"
            yield ("languages",), f"none of the languages is left: {only}"
        for language in judge.languages or ():
            if language not in languages:
                yield ("languages",), f"`{language}` is not for a problem of kind `{self.kind}`"
        for language in judge.templates:
            if language not in languages:
                yield ("templates", language), f"`{language}` is none of the problem's languages"
        for key in ("hints", "slow_hints"):
            for pattern in getattr(judge, key):
                if not any(names_test(pattern, test.name) for test in cases.tests):
                    yield (key, pattern), f"`{pattern}` names no test; give e.g. `secret/01-*`"
        # Only answers for the checker `tensors` have entries with names.
        entries = {name for test in cases.tests for name in entry_names(test.answer)}
        for name in judge.notes:
            if name not in entries:
                yield ("notes", name), f"no answer holds a tensor or value `{name}`"
        names = {PurePosixPath(submission.path).name for submission in submissions}
        for name in judge.mistakes:
            if name not in names:
                yield ("mistakes", name), f"there is no submission `{name}`"


def entry_names(answer: bytes) -> set[str]:
    """The names of the tensors and values in an answer of the checker `tensors`."""
    lines = answer.decode("utf-8", "replace").splitlines()
    # `tensor NAME DTYPE ...` and `value NAME WORD ...`; see `judge.tensor_text`.
    words = [line.split(None, 2) for line in lines if line.startswith(("tensor ", "value "))]
    return {each[1] for each in words if len(each) == 3}


def names_test(pattern: str, name: str) -> bool:
    """Whether a hint's key matches the test's base name, with or without the first folder."""
    short = name.partition("/")[2]
    return fnmatch.fnmatchcase(name, pattern) or fnmatch.fnmatchcase(short, pattern)
