"""The verdicts that folders and `submissions.yaml` expect of the example submissions.

A folder has permitted and required verdicts by default. Each pattern in `submissions.yaml` adds its
own, for all tests or for some of them; a pattern that is only a folder's name replaces the
folder's. All of them are kept, because a submission must meet each one by itself.
"""

import fnmatch
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import ClassVar

from judge.problem_package.complaints import Complaints
from judge.problem_package.format import FormatVersion
from judge.problem_package.package import Bound, Expectation
from judge.problem_package.side_files import FormatVerdict, SubmissionYaml
from judge.problem_package.yaml_files import YamlFile, parse_yaml, validate
from judge.verdict import Verdict

Names = tuple[FormatVerdict, ...]
ALL: Names = ("AC", "WA", "TLE", "RTE")
FOLDERS: dict[str, tuple[Names, Names]] = {
    "accepted": (("AC",), ALL),
    "rejected": (ALL, ("RTE", "TLE", "WA")),
    "wrong_answer": (("AC", "WA"), ("WA",)),
    "time_limit_exceeded": (("AC", "TLE"), ("TLE",)),
    "run_time_error": (("AC", "RTE"), ("RTE",)),
    "brute_force": (("AC", "RTE", "TLE"), ("RTE", "TLE")),
}
"""The format's folders: permitted and required verdicts of the tests."""
_LEGACY_FOLDERS: dict[str, tuple[Names, Names]] = {
    **FOLDERS,
    "time_limit_exceeded": (("AC", "WA", "TLE"), ("TLE",)),
    "run_time_error": (ALL, ("RTE",)),
}
OURS = {
    "AC": (Verdict.AC,),
    "WA": (Verdict.WA,),
    "TLE": (Verdict.TLE,),
    # The format has four verdicts: every other early end of a program counts as its RTE.
    "RTE": (Verdict.RTE, Verdict.MLE, Verdict.OLE, Verdict.SV),
}
ENDLESS = Verdict.OLE
"""A program that prints for ever reaches its output limit or its time limit, whichever comes first,
so that this verdict counts as TLE too."""
_LEGACY_TIMED = ("accepted", "time_limit_exceeded")
_OF_PART = {"permitted", "required", "score", "message", "use_for_time_limit"}


@dataclass(slots=True)
class Rule:
    """One pattern of `submissions.yaml`, with its demands for parts of the tests; `used` says
    whether it matched anything."""

    pattern: str
    line: int | None
    yaml: SubmissionYaml
    parts: dict[str, SubmissionYaml]
    used: bool = False

    def names(self, path: str) -> bool:
        """Whether the pattern matches the submission or its folder."""
        return matches(self.pattern, path)


@dataclass(slots=True)
class RuleReader:
    """Reads `submissions/submissions.yaml`; complaints go to `complaints`."""

    PATH: ClassVar[str] = "submissions/submissions.yaml"

    files: Mapping[str, bytes]
    scoring: bool
    complaints: Complaints

    def read(self) -> list[Rule]:
        """The rules in their order; none if there is no file."""
        if self.PATH not in self.files:
            return []
        file = parse_yaml(self.PATH, self.files[self.PATH], self.complaints)
        rules = [self._rule(file, pattern) for pattern in file.data] if file else []
        return [rule for rule in rules if rule]

    def _rule(self, file: YamlFile, pattern: str) -> Rule | None:
        line = file.line((pattern,))
        content = file.data[pattern]
        if pattern.count("{") > 4 or pattern.count(",") > 16:
            # Each pair of braces multiplies the number of patterns.
            self.complaints.add(self.PATH, "too many alternatives in one pattern; split it", line)
            return None
        if not isinstance(content, dict):
            self.complaints.add(self.PATH, f"`{pattern}` must be a mapping of keys", line)
            return None
        # A mapping applies to the tests that its key names, other keys to the whole submission. An
        # author may be a mapping, too.
        of_tests = {
            key: value
            for key, value in content.items()
            if isinstance(value, dict) and key not in SubmissionYaml.model_fields
        }
        own = {key: value for key, value in content.items() if key not in of_tests}
        yaml = self._validated(file, (pattern,), own)
        parts = {}
        for tests, said in of_tests.items():
            for key in said:
                if key not in _OF_PART and key in SubmissionYaml.model_fields:
                    message = f"`{key}` is for a whole submission, not for a part of the tests"
                    self.complaints.add(self.PATH, message, file.line((pattern, tests, key)))
            part = self._validated(file, (pattern, tests), said)
            if part is not None:
                parts[tests] = part
        return Rule(pattern, line, yaml, parts) if yaml else None

    def _validated(
        self, file: YamlFile, at: tuple[str, ...], content: dict[str, object]
    ) -> SubmissionYaml | None:
        # The lines of the keys inside, so that a complaint names a key's line, not the pattern's.
        lines = {
            where[len(at) :]: number
            for where, number in file.lines.items()
            if where[: len(at)] == at
        }
        yaml = validate(YamlFile(self.PATH, content, lines), SubmissionYaml, self.complaints)
        if yaml is not None and yaml.score is not None and not self.scoring:
            message = "`score` is for scoring problems only; see `type` in problem.yaml"
            self.complaints.add(self.PATH, message, lines.get(("score",)))
        if yaml is not None and isinstance(yaml.score, list) and len(yaml.score) != 2:
            message = "`score`: give a number, or a list of the least and the greatest"
            self.complaints.add(self.PATH, message, lines.get(("score",)))
        return yaml


def expectations_of(
    folder: str, rules: Sequence[Rule], version: FormatVersion
) -> tuple[Expectation, ...]:
    """All expectations of a submission in `folder` that `rules` match; the folder's own comes
    first, if it has one."""
    legacy = version is FormatVersion.LEGACY
    permitted, required = (_LEGACY_FOLDERS if legacy else FOLDERS).get(folder, (None, None))
    by_default = SubmissionYaml(
        permitted=list(permitted) if permitted else None,
        required=list(required) if required else None,
        # Legacy computes the time limit from the accepted and the too slow submissions alone.
        use_for_time_limit=False if legacy and folder not in _LEGACY_TIMED else None,
    )
    # A pattern that is only the folder's name replaces the folder's expectation.
    replaced = [rule for rule in rules if rule.pattern == folder and permitted]
    for rule in replaced:
        said = {key: getattr(rule.yaml, key) for key in rule.yaml.model_fields_set}
        by_default = by_default.model_copy(update=said)
    found = [_expectation("", by_default)]
    for rule in rules:
        if rule not in replaced:
            found.append(_expectation("", rule.yaml))
        found += [_expectation(tests, yaml) for tests, yaml in rule.parts.items()]
    # An expectation that demands nothing is left out.
    return tuple(one for one in found if one != Expectation(one.tests))


def expected_of(expectations: Sequence[Expectation]) -> frozenset[Verdict]:
    """The verdicts that the whole submission may get: those permitted on all tests, with AC only if
    no other verdict is required. Empty if the expectations contradict each other."""
    whole = [one for one in expectations if not one.tests]
    allowed = frozenset[Verdict](verdict for each in OURS.values() for verdict in each)
    for one in whole:
        allowed &= one.permitted
    if not all(allowed & one.required for one in whole):
        return frozenset()
    # If some test must get another verdict than AC, the whole can't be accepted.
    if not all(Verdict.AC in one.required for one in expectations):
        allowed -= {Verdict.AC}
    # A slow submission may be stopped for its output, but that is not expected.
    return allowed - ({ENDLESS} if Verdict.RTE not in allowed else frozenset())


def contradiction(expectations: Sequence[Expectation], tests: Sequence[str]) -> str:
    """A test on which its expectations together permit no verdict; empty if there is none."""
    if not any(one.tests for one in expectations):
        return ""
    for test in tests:
        allowed = frozenset(Verdict)
        for one in expectations:
            if not one.tests or matches(one.tests, test):
                allowed &= one.permitted
        if not allowed:
            return test
    return ""


def matches(pattern: str, path: str) -> bool:
    """Whether a pattern matches `path` or a folder around it.

    `*` matches inside a name, `{a,b}` means alternatives, `**` and `[...]` are nothing special.
    """
    parts = path.split("/")
    # `[` and `?` have no meaning in the format's patterns, but one for `fnmatch`.
    globs = (re.sub(r"[?\[]", r"[\g<0>]", glob).split("/") for glob in _expand(pattern))
    return any(
        len(glob) <= len(parts) and all(map(fnmatch.fnmatchcase, parts, glob)) for glob in globs
    )


def _expectation(tests: str, yaml: SubmissionYaml) -> Expectation:
    permitted, required, bound = yaml.permitted, yaml.required, Bound.NONE
    match yaml.use_for_time_limit:
        # The author says that its time says nothing about the limit.
        case False:
            pass
        case "lower":
            bound = Bound.LOWER
            permitted = [name for name in permitted or ALL if name != "TLE"]
        case "upper":
            bound = Bound.UPPER
            required = [name for name in required or ALL if name == "TLE"]
        # Not given: the verdicts say whether it must be too slow, or must not be.
        case _ if required == ["TLE"]:
            bound = Bound.UPPER
        case _ if permitted is not None and "TLE" not in permitted:
            bound = Bound.LOWER
        case _:
            pass
    score = None
    if isinstance(yaml.score, list):
        score = (yaml.score[0], yaml.score[-1])
    elif yaml.score is not None:
        score = (yaml.score, yaml.score)
    return Expectation(tests, _verdicts(permitted), _verdicts(required), score, yaml.message, bound)


def _verdicts(names: Sequence[str] | None) -> frozenset[Verdict]:
    if names is None:
        return frozenset(Verdict)
    found = {verdict for name in names for verdict in OURS[name]}
    return frozenset(found | ({ENDLESS} if "TLE" in names else set()))


def _expand(pattern: str) -> Iterator[str]:
    # The innermost braces: the text around them is expanded with each choice.
    found = re.search(r"\{([^{}]*)\}", pattern)
    if not found:
        yield pattern
        return
    before, after = pattern[: found.start()], pattern[found.end() :]
    for choice in found.group(1).split(","):
        yield from _expand(f"{before}{choice}{after}")
