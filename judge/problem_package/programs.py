"""`submissions/` and `include/`: the example submissions with the verdicts that they must get."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import PurePosixPath

from judge.job import Kind
from judge.languages import LANGUAGES, language_of_file
from judge.problem_package.complaints import Complaints
from judge.problem_package.expectations import (
    ALL,
    FOLDERS,
    OURS,
    Rule,
    RuleReader,
    bound_of,
    expectations_of,
)
from judge.problem_package.package import Bound, PackageSubmission
from judge.problem_package.yaml_files import decode_text
from judge.verdict import Verdict

_MAIN_STEMS = ("main", "__main__")
_PATH = RuleReader.PATH
PARTIAL = "partially_accepted"


@dataclass(slots=True)
class SubmissionReader:
    """Reads `submissions/` of one package; complaints go to `complaints`."""

    files: Mapping[str, bytes]
    kind: Kind
    scoring: bool
    complaints: Complaints
    _rules: list[Rule] = field(default_factory=list)

    def read(self) -> tuple[PackageSubmission, ...]:
        """Every submission that this judge has a language for, in the order of paths."""
        self._rules = RuleReader(self.files, self.scoring, self.complaints).read()
        found = [self._submission(path, files) for path, files in self._programs().items()]
        self._check_rules()
        submissions = tuple(submission for submission in found if submission)
        accepted = any(submission.path.startswith("accepted/") for submission in submissions)
        # Of one that can't be read it is said so.
        if not accepted and not self.complaints.about("submissions/accepted"):
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
        rules = [rule for rule in self._rules if rule.names(path)]
        for rule in rules:
            rule.used = True
        partial = folder == PARTIAL and self.scoring
        known = folder in FOLDERS or any(rule.pattern == folder for rule in rules)
        if not known and not partial:
            names = ", ".join(FOLDERS)
            self.complaints.add(files[0], f"`{folder}` is no verdict's folder; there are {names}")
            return None
        main, language = self._main(files, rules)
        expected = self._expected(path, folder, rules)
        if main is None or language is None:
            return None
        text = decode_text(main, self.files[main], self.complaints)
        if text is None:
            return None
        start = f"submissions/{path}/"
        others = {one.removeprefix(start): self.files[one] for one in files if one != main}
        return PackageSubmission(
            path, language, text, expected, others, expectations_of(rules),
            bound_of(folder, rules) if not partial else Bound.NONE, partial,
        )  # fmt: skip

    def _main(self, files: list[str], rules: list[Rule]) -> tuple[str | None, str | None]:
        """The file at which a submission starts, and its language."""
        said = next((rule.yaml.language for rule in rules if rule.yaml.language), None)
        entry = next((rule.yaml.entrypoint for rule in rules if rule.yaml.entrypoint), None)
        spoken = {one: language for one in files if (language := self._language(one, said))}
        languages = set(spoken.values())
        if len(languages) != 1:
            what = "several languages" if languages else "no language"
            known = ", ".join(LANGUAGES)
            message = f"not judged: {what} of this judge ({known})"
            self.complaints.warn(files[0], message)
            return None, None
        (language,) = languages
        sources = sorted(spoken, key=lambda one: (_rank(one, entry), one))
        return sources[0], language

    def _language(self, path: str, said: str | None) -> str | None:
        language = said or language_of_file(path)
        first = self.files[path].partition(b"\n")[0]
        if language == "python3" and first.startswith(b"#!") and b"python2" in first:
            return None
        if language == "python3" and self.kind is Kind.TORCH:
            language = "pytorch"
        return language if language in LANGUAGES else None

    def _expected(self, path: str, folder: str, rules: list[Rule]) -> frozenset[Verdict]:
        """The verdicts that the whole submission may get: permitted by all, required by each."""
        permitted, required = FOLDERS.get(folder, (ALL, ALL))
        allowed, needed = set(permitted), set(required)
        for rule in rules:
            if rule.pattern == folder:  # the folder's own entry replaces the default
                allowed = set(rule.yaml.permitted or permitted)
                needed = set(rule.yaml.required or required)
        for rule in rules:
            allowed &= set(rule.yaml.permitted or ALL)
            needed &= set(rule.yaml.required or ALL)
        verdicts = [name for name in ALL if name in allowed & needed]
        if not verdicts:
            message = f"no verdict is both permitted and required of `{path}`"
            self.complaints.add(_PATH, message, rules[0].line if rules else None)
        return frozenset(verdict for name in verdicts for verdict in OURS[name])

    def _check_rules(self) -> None:
        for rule in self._rules:
            if not rule.used:
                message = f"`{rule.pattern}` matches no submission; give a path below submissions/"
                self.complaints.add(_PATH, message, rule.line)


def read_include(files: Mapping[str, bytes], complaints: Complaints) -> dict[str, dict[str, bytes]]:
    """`include/<language>/`: name -> content, by language; names may have folders in them."""
    include: dict[str, dict[str, bytes]] = {}
    for path, content in files.items():
        parts = path.split("/", 2)
        if parts[0] != "include":
            continue
        if len(parts) != 3:
            complaints.add(path, "give files right in `include/<language>/`")
        elif parts[1] not in (*LANGUAGES, "default"):
            complaints.warn(path, f"not used: `{parts[1]}` is no language of this judge")
        else:
            include.setdefault(parts[1], {})[parts[2]] = content
    return include


def _rank(path: str, entry: str | None) -> int:
    """Where to start: at what is named, else at a `main`, else at the first file."""
    name = PurePosixPath(path)
    if entry and entry in (name.name, name.stem):
        return 0
    return 1 if name.stem.lower() in _MAIN_STEMS else 2
