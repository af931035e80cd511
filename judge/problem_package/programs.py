"""`submissions/` and `include/`: the example submissions with the verdicts that they must get."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import PurePosixPath

from judge.job import Kind
from judge.languages import ANSWERS, LANGUAGES, language_of_file
from judge.problem_package.complaints import Complaints
from judge.problem_package.expectations import (
    FOLDERS,
    Rule,
    RuleReader,
    contradiction,
    expectations_of,
    expected_of,
    matches,
)
from judge.problem_package.format import FormatVersion
from judge.problem_package.package import PackageSubmission
from judge.problem_package.yaml_files import decode_text
from judge.verdict import Verdict

# The usual names of a program's first file; Python starts a folder at `__main__.py`.
_MAIN_STEMS = ("main", "__main__")
_PATH = RuleReader.PATH
ACCEPTED = "accepted"
PARTIAL = "partially_accepted"


@dataclass(slots=True)
class SubmissionReader:
    """Reads `submissions/` of one package; complaints go to `complaints`. `tests` are the names of
    all tests, to which `submissions.yaml` may refer."""

    files: Mapping[str, bytes]
    kind: Kind
    version: FormatVersion
    scoring: bool
    tests: Sequence[str]
    complaints: Complaints
    _rules: list[Rule] = field(default_factory=list)
    _unknown: dict[str, list[str]] = field(default_factory=dict)

    def read(self) -> tuple[PackageSubmission, ...]:
        """Read every submission in a language of this judge, sorted by path."""
        self._rules = RuleReader(self.files, self.scoring, self.complaints).read()
        found = [self._submission(path, files) for path, files in self._programs().items()]
        # `submissions.yaml` may refer to single tests or to their groups.
        groups = {name.rpartition("/")[0] for name in self.tests}
        names = [*self.tests, *groups]
        for rule in self._rules:
            if not rule.used:
                message = f"`{rule.pattern}` matches no submission; give a path below submissions/"
                self.complaints.warn(_PATH, message, rule.line)
            for part in rule.parts:
                if not any(matches(part, name) for name in names):
                    message = f"`{part}` matches no test and no group; give a path below data/"
                    self.complaints.warn(_PATH, message, rule.line)
        for folder, paths in self._unknown.items():
            message = (
                f"not judged: the folder `{folder}` stands for no verdict; the known folders are "
                f"{', '.join(FOLDERS)}, and those in `submissions.yaml`"
            )
            self.complaints.warn(f"submissions/{paths[0]}", message)
        submissions = tuple(submission for submission in found if submission)
        accepted = any(submission.path.startswith(f"{ACCEPTED}/") for submission in submissions)
        # If an accepted submission can't be read, there is a complaint already.
        if not accepted and not self.complaints.about("submissions/accepted"):
            message = "no accepted submission; add one at least"
            if any(path.startswith(f"submissions/{ACCEPTED}/") for path in self.files):
                known = ", ".join(LANGUAGES)
                message = f"no accepted submission in a language known here ({known})"
            self.complaints.add("submissions/accepted", message)
        return submissions

    def _programs(self) -> dict[str, list[str]]:
        """{`folder/name`: files}; a program is a file or a folder right below a folder."""
        programs: dict[str, list[str]] = {}
        for path in self.files:
            parts = path.split("/")
            if parts[0] != "submissions" or path == _PATH:
                continue
            if PurePosixPath(path).name.lower() in ("readme.md", "readme.txt", "readme"):
                continue
            if len(parts) == 2:
                message = "not judged: put it in a folder that names its verdict: accepted ..."
                self.complaints.warn(path, message)
            else:
                # The first two parts name the program; if it is a folder, all files below are its.
                programs.setdefault("/".join(parts[1:3]), []).append(path)
        return programs

    def _submission(self, path: str, files: list[str]) -> PackageSubmission | None:
        folder = path.split("/")[0]
        rules = [rule for rule in self._rules if rule.names(path)]
        for rule in rules:
            rule.used = True
        # `partially_accepted` expects points, not a verdict, so only scoring problems have it.
        partial = folder == PARTIAL and self.scoring
        if not (folder in FOLDERS or partial or rules):
            self._unknown.setdefault(folder, []).append(path)
            return None
        main, language = self._main(files, rules)
        expectations = expectations_of(folder, rules, self.version)
        expected = expected_of(expectations)
        line = rules[-1].line if rules else None
        test = contradiction(expectations, self.tests)
        if not expected:
            message = f"no verdict is both permitted and required of `{path}`"
            self.complaints.add(_PATH, message, line)
        elif test:
            message = f"the expectations of `{path}` together permit no verdict on `{test}`"
            self.complaints.add(_PATH, message, line)
        model = any(rule.yaml.model_solution for rule in rules)
        if model and expected and expected != {Verdict.AC}:
            message = f"not shown as a model solution: `{path}` need not be accepted"
            self.complaints.warn(_PATH, message, line)
            model = False
        if main is None or language is None:
            return None
        text = decode_text(main, self.files[main], self.complaints)
        if text is None:
            return None
        start = f"submissions/{path}/"
        others = {one.removeprefix(start): self.files[one] for one in files if one != main}
        name = main.removeprefix(start) if main.startswith(start) else PurePosixPath(main).name
        # Many legacy packages keep such submissions here, and the format's own tool only warns.
        lenient = folder == ACCEPTED and self.scoring and self.version is FormatVersion.LEGACY
        return PackageSubmission(
            path, language, text, expected, others, expectations, partial, name, model, lenient
        )

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
        if entry and not any(_is_entry(one, entry) for one in spoken):
            message = f"`entrypoint: {entry}` is none of its files; a usual start is taken instead"
            self.complaints.warn(files[0], message)
        return min(spoken, key=lambda one: _rank(one, entry)), language

    def _language(self, path: str, said: str | None) -> str | None:
        language = said or language_of_file(path)
        # Python 2 is another language, which this judge does not have.
        first = self.files[path].partition(b"\n")[0]
        if language == "python3" and first.startswith(b"#!") and b"python2" in first:
            return None
        if language == "python3" and self.kind is Kind.TORCH:
            language = "pytorch"
        # A program may have YAML or JSON files beside it; only a quiz's submissions are such files.
        if (language == ANSWERS) is not (self.kind is Kind.QUIZ):
            return None
        return language if language in LANGUAGES else None


def read_include(files: Mapping[str, bytes], complaints: Complaints) -> dict[str, dict[str, bytes]]:
    """Read `include/<language>/`: {language: {name: content}}; names may have folders in them."""
    include: dict[str, dict[str, bytes]] = {}
    for path, content in files.items():
        parts = path.split("/", 2)
        if parts[0] != "include":
            continue
        if len(parts) != 3:
            complaints.add(path, "put files into `include/<language>/`")
        elif parts[1] not in (*LANGUAGES, "default"):
            complaints.warn(path, f"not used: `{parts[1]}` is no language of this judge")
        else:
            include.setdefault(parts[1], {})[parts[2]] = content
    return include


def _is_entry(path: str, entry: str) -> bool:
    """Whether `entry` means this file: by its name, by its path, or as a class in it."""
    # The class `a.Main` is in the file `Main.java`.
    return path.endswith(f"/{entry}") or entry.rpartition(".")[2] == PurePosixPath(path).stem


def _rank(path: str, entry: str | None) -> tuple[bool, bool, bool, str]:
    """A key whose least value is the start's: the named entry point, then source files, of which a
    `main` comes first. A folder whose language is named may hold other files, too."""
    return (
        not (entry and _is_entry(path, entry)),
        language_of_file(path) is None,
        PurePosixPath(path).stem.lower() not in _MAIN_STEMS,
        path,
    )
