"""`submissions/` and `include/`: the example submissions with the verdicts that they must get."""

import fnmatch
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import PurePosixPath

from judge.job import Kind
from judge.problem_package.complaints import Complaints
from judge.problem_package.package import LANGUAGES, PackageSubmission
from judge.problem_package.side_files import SubmissionYaml
from judge.problem_package.yaml_files import YamlFile, decode_text, parse_yaml, validate
from judge.verdict import Verdict

_SUFFIXES = {
    ".py": "python3",
    ".py3": "python3",
    ".c": "c",
    ".cpp": "cpp",
    ".cc": "cpp",
    ".cxx": "cpp",
    ".c++": "cpp",
    ".C": "cpp",
    ".java": "java",
    ".js": "javascript",
    ".rs": "rust",
    ".go": "go",
}
_ALL = ("AC", "WA", "TLE", "RTE")
_FOLDERS: dict[str, tuple[tuple[str, ...], tuple[str, ...]]] = {
    "accepted": (("AC",), _ALL),
    "rejected": (_ALL, ("RTE", "TLE", "WA")),
    "wrong_answer": (("AC", "WA"), ("WA",)),
    "time_limit_exceeded": (("AC", "TLE"), ("TLE",)),
    "run_time_error": (("AC", "RTE"), ("RTE",)),
    "brute_force": (("AC", "RTE", "TLE"), ("RTE", "TLE")),
}
"""The format's folders: permitted and required verdicts of the tests."""
_OURS = {
    "AC": (Verdict.AC,),
    "WA": (Verdict.WA,),
    "TLE": (Verdict.TLE,),
    # The format has four verdicts: whatever else ends a program early is its RTE.
    "RTE": (Verdict.RTE, Verdict.MLE, Verdict.OLE, Verdict.SV),
}
_PATH = "submissions/submissions.yaml"


@dataclass(slots=True)
class _Rule:
    """One pattern of `submissions.yaml`; `used` tells whether it matched anything."""

    pattern: str
    line: int | None
    yaml: SubmissionYaml
    used: bool = False


@dataclass(slots=True)
class SubmissionReader:
    """Reads `submissions/` of one package; complaints go to `complaints`."""

    files: Mapping[str, bytes]
    kind: Kind
    complaints: Complaints
    _rules: list[_Rule] = field(default_factory=list)

    def read(self) -> tuple[PackageSubmission, ...]:
        """Every submission that this judge has a language for, in the order of paths."""
        self._rules = self._read_rules()
        found = [self._submission(path, files) for path, files in self._programs().items()]
        self._check_rules()
        submissions = tuple(submission for submission in found if submission)
        if not any(submission.path.startswith("accepted/") for submission in submissions):
            message = f"no accepted submission in a language known here ({', '.join(LANGUAGES)})"
            self.complaints.add("submissions/accepted", message)
        return submissions

    def _programs(self) -> dict[str, list[str]]:
        """`folder/name` -> files; a program is a file or a folder right below a folder."""
        programs: dict[str, list[str]] = {}
        for path in self.files:
            parts = path.split("/")
            if parts[0] != "submissions" or path == _PATH:
                continue
            if len(parts) == 2:
                self.complaints.add(path, "put it in a folder that names its verdict: accepted ...")
            elif PurePosixPath(path).name.lower() not in ("readme.md", "readme.txt", "readme"):
                programs.setdefault("/".join(parts[1:3]), []).append(path)
        return programs

    def _submission(self, path: str, files: list[str]) -> PackageSubmission | None:
        folder = path.split("/")[0]
        rules = [rule for rule in self._rules if _matches(rule.pattern, path)]
        for rule in rules:
            rule.used = True
        if folder not in _FOLDERS and not any(rule.pattern == folder for rule in rules):
            known = ", ".join(_FOLDERS)
            self.complaints.add(files[0], f"`{folder}` is no verdict's folder; there are {known}")
            return None
        if len(files) > 1:
            message = "a submission of several files is not supported here yet; make it one file"
            self.complaints.add(f"submissions/{path}", message)
            return None
        language = self._language(files[0], rules)
        text = decode_text(files[0], self.files[files[0]], self.complaints)
        expected = self._expected(path, folder, rules)
        if language is None or text is None:
            return None
        return PackageSubmission(path, language, text, expected)

    def _language(self, path: str, rules: list[_Rule]) -> str | None:
        said = next((rule.yaml.language for rule in rules if rule.yaml.language), None)
        language = said or _SUFFIXES.get(PurePosixPath(path).suffix)
        if language == "python3" and self.kind is Kind.TORCH:
            language = "pytorch"
        if language not in LANGUAGES:
            known = ", ".join(LANGUAGES)
            self.complaints.warn(path, f"not judged: no language of this judge ({known})")
            return None
        return language

    def _expected(self, path: str, folder: str, rules: list[_Rule]) -> frozenset[Verdict]:
        """The verdicts that the whole submission may get: permitted by all, required by each."""
        permitted, required = _FOLDERS.get(folder, (_ALL, _ALL))
        allowed, needed = set(permitted), set(required)
        for rule in rules:
            if rule.pattern == folder:  # the folder's own entry replaces the default
                allowed = set(rule.yaml.permitted or permitted)
                needed = set(rule.yaml.required or required)
        for rule in rules:
            allowed &= set(rule.yaml.permitted or _ALL)
            needed &= set(rule.yaml.required or _ALL)
        verdicts = [name for name in _ALL if name in allowed & needed]
        if not verdicts:
            message = f"no verdict is both permitted and required of `{path}`"
            self.complaints.add(_PATH, message, rules[0].line if rules else None)
        return frozenset(verdict for name in verdicts for verdict in _OURS[name])

    def _read_rules(self) -> list[_Rule]:
        if _PATH not in self.files:
            return []
        file = parse_yaml(_PATH, self.files[_PATH], self.complaints)
        rules = [self._rule(file, pattern) for pattern in file.data] if file else []
        return [rule for rule in rules if rule]

    def _rule(self, file: YamlFile, pattern: str) -> _Rule | None:
        line = file.line((pattern,))
        content = file.data[pattern]
        if (
            pattern.count("{") > 4 or pattern.count(",") > 16
        ):  # each pair of braces multiplies what it expands to
            self.complaints.add(_PATH, "too many alternatives in one pattern; split it", line)
            return None
        if not isinstance(content, dict):
            self.complaints.add(_PATH, f"`{pattern}` must be a mapping of keys", line)
            return None
        lines = {at[1:]: number for at, number in file.lines.items() if at[:1] == (pattern,)}
        own = YamlFile(_PATH, _without_refused(content, lines, self.complaints), lines)
        yaml = validate(own, SubmissionYaml, self.complaints)
        return _Rule(pattern, line, yaml) if yaml else None

    def _check_rules(self) -> None:
        for rule in self._rules:
            if not rule.used:
                message = f"`{rule.pattern}` matches no submission; give a path below submissions/"
                self.complaints.add(_PATH, message, rule.line)


def read_include(files: Mapping[str, bytes], complaints: Complaints) -> dict[str, dict[str, bytes]]:
    """`include/<language>/`: name -> content, by language. Folders inside are not supported."""
    include: dict[str, dict[str, bytes]] = {}
    for path, content in files.items():
        parts = path.split("/")
        if parts[0] != "include":
            continue
        if len(parts) != 3:
            complaints.add(path, "give files right in `include/<language>/`; no deeper folders")
        elif parts[1] not in (*LANGUAGES, "default"):
            complaints.warn(path, f"not used: `{parts[1]}` is no language of this judge")
        else:
            include.setdefault(parts[1], {})[parts[2]] = content
    return include


def _without_refused(
    content: dict[str, object], lines: Mapping[tuple[str | int, ...], int], complaints: Complaints
) -> dict[str, object]:
    kept = {}
    for key, value in content.items():
        if key in ("score", "message"):
            complaints.add(_PATH, f"`{key}` is not supported here yet", lines.get((key,)))
        elif isinstance(value, dict):
            message = f"expectations of a part of the tests (`{key}`) are not supported here yet"
            complaints.add(_PATH, message, lines.get((key,)))
        else:
            kept[key] = value
    return kept


def _matches(pattern: str, path: str) -> bool:
    """Whether a pattern of `submissions.yaml` names the submission or its folder.

    `*` stays inside a name, `{a,b}` expands, and `**` and `[...]` mean nothing special.
    """
    return any(
        _same(glob.split("/"), parts)
        for glob in _expand(pattern)
        for parts in (path.split("/"), path.split("/")[:1])
    )


def _same(globs: list[str], parts: list[str]) -> bool:
    literal = [glob.replace("[", "[[]") for glob in globs]
    return len(globs) == len(parts) and all(map(fnmatch.fnmatchcase, parts, literal))


def _expand(pattern: str) -> list[str]:
    found = re.search(r"\{([^{}]*)\}", pattern)
    if not found:
        return [pattern]
    before, after = pattern[: found.start()], pattern[found.end() :]
    return [
        expanded
        for choice in found.group(1).split(",")
        for expanded in _expand(f"{before}{choice}{after}")
    ]
