"""`data/`: a package's tests, in order, with the hints and checker arguments that apply to them."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import PurePosixPath

from judge.problem_package.complaints import Complaints
from judge.problem_package.format import FormatVersion
from judge.problem_package.package import PackageTest
from judge.problem_package.side_files import (
    GroupYaml,
    LegacyGroupYaml,
    TestYaml,
    group_refusals,
)
from judge.problem_package.yaml_files import YamlFile, decode_text, parse_yaml, validate

_UNSUPPORTED = {
    ".interaction": "interaction samples are for interactive problems, which are not supported",
    ".statement": "samples that differ in the statement are not supported here yet",
    ".download": "samples that differ for download are not supported here yet",
    ".out": "a sample output other than the answer is not supported here yet",
}
_IGNORED = frozenset({".png", ".jpg", ".jpeg", ".svg", ".desc", ".md", ".txt"})
_GROUP_FILES = ("test_group.yaml", "testdata.yaml")
_FLAGS = {
    "case_sensitive": 0,
    "space_change_sensitive": 0,
    "float_relative_tolerance": 1,
    "float_absolute_tolerance": 1,
    "float_tolerance": 1,
}
"""The default validator's arguments, and how many values each takes."""


@dataclass(frozen=True, slots=True)
class Settings:
    """What a test inherits from the groups around it; `None` means that nobody said."""

    output_args: tuple[str, ...] | None = None
    hint: str | None = None
    full_feedback: bool | None = None


@dataclass(frozen=True, slots=True)
class Cases:
    """The tests in judging order, and the checker's arguments that all of them share."""

    tests: tuple[PackageTest, ...]
    arguments: tuple[str, ...]


@dataclass(slots=True)
class CaseReader:
    """Reads `data/` of one package; complaints go to `complaints`."""

    files: Mapping[str, bytes]
    version: FormatVersion
    arguments: tuple[str, ...]
    complaints: Complaints
    _groups: dict[str, Settings] = field(default_factory=dict)

    def read(self) -> Cases:
        """All tests, samples first, each part in the order of names."""
        bases = self._bases()
        self._check_strays(bases)
        tests: list[PackageTest] = []
        arguments: dict[tuple[str, ...], str] = {}
        for base in bases:
            settings = self._settings(base)
            test = self._test(base, settings)
            if test is not None:
                tests.append(test)
                arguments.setdefault(self.arguments + (settings.output_args or ()), base)
        self._check_presence(tests)
        return Cases(tuple(tests), self._shared(arguments))

    def _bases(self) -> list[str]:
        found = [
            name.removesuffix(".in")
            for name in self.files
            if name.startswith(("data/sample/", "data/secret/"))
            and name.endswith(".in")
            and not any(part.endswith(".files") for part in name.split("/")[:-1])
        ]
        return sorted(found, key=lambda base: tuple(base.split("/")))

    def _test(self, base: str, settings: Settings) -> PackageTest | None:
        answer = self.files.get(f"{base}.ans")
        if answer is None:
            self.complaints.add(f"{base}.in", f"has no answer: `{_name(base)}.ans` is missing")
            return None
        content = self.files[f"{base}.in"]
        for suffix, data in ((".in", content), (".ans", answer)):
            self._check_text(base + suffix, data)
        sample = base.startswith("data/sample/")
        if sample and base.count("/") > 2:
            self.complaints.add(f"{base}.in", "`data/sample` must not contain groups")
        hint = {"en": settings.hint} if settings.hint else {}
        return PackageTest(base.removeprefix("data/"), sample, content, answer, hint)

    def _check_text(self, path: str, data: bytes) -> None:
        text = decode_text(path, data, self.complaints)
        if text is None:
            return
        if "\r" in text:
            self.complaints.warn(path, "has CR LF line ends; the format wants LF", 1)
        if text and not text.endswith("\n"):
            line = text.count("\n") + 1
            self.complaints.warn(path, "does not end with a newline", line)

    def _check_presence(self, tests: list[PackageTest]) -> None:
        for part, sample in (("sample", True), ("secret", False)):
            if not any(test.sample is sample for test in tests):
                message = f"no {part} test; add at least one pair of `.in` and `.ans`"
                self.complaints.add(f"data/{part}", message)

    def _shared(self, arguments: dict[tuple[str, ...], str]) -> tuple[str, ...]:
        if len(arguments) > 1:
            first, second = list(arguments.values())[:2]
            self.complaints.add(
                f"{second}.in",
                f"its output validator arguments differ from those of `{first}.in`; this judge "
                "has one checker a problem: give all tests the same",
            )
        return next(iter(arguments), self.arguments)

    def _settings(self, base: str) -> Settings:
        group = self._group(base.rpartition("/")[0])
        path = f"{base}.yaml"
        own = group
        if path in self.files and self.version is not FormatVersion.LEGACY:
            own = self._merged(group, self._parsed(path, TestYaml))
        legacy_hint = self.files.get(f"{base}.hint")
        if legacy_hint is not None and self.version is FormatVersion.LEGACY:
            text = decode_text(f"{base}.hint", legacy_hint, self.complaints)
            own = Settings(own.output_args, (text or "").strip() or None, own.full_feedback)
        self._check_feedback(base, own)
        return own

    def _check_feedback(self, base: str, settings: Settings) -> None:
        sample = base.startswith("data/sample/")
        if settings.full_feedback is not None and settings.full_feedback is not sample:
            self.complaints.add(
                f"{base}.in",
                f"`full_feedback: {str(settings.full_feedback).lower()}` is not supported here: "
                "samples always show everything, secret tests never do",
            )

    def _group(self, folder: str) -> Settings:
        """The settings of a test group's folder, `data` being the outermost."""
        if folder not in self._groups:
            parent = self._group(folder.rpartition("/")[0]) if folder != "data" else Settings()
            self._groups[folder] = self._group_file(folder, parent)
        return self._groups[folder]

    def _group_file(self, folder: str, parent: Settings) -> Settings:
        for name in _GROUP_FILES:
            path = f"{folder}/{name}"
            if path not in self.files:
                continue
            if name not in self.version.group_files:
                right = self.version.group_files[0]
                message = f"version {self.version} calls this file `{right}`; rename it"
                self.complaints.add(path, message)
                continue
            model = GroupYaml if name == "test_group.yaml" else LegacyGroupYaml
            parent = self._merged(parent, self._parsed(path, model))
        return parent

    def _parsed(
        self, path: str, model: type[TestYaml] | type[LegacyGroupYaml]
    ) -> TestYaml | LegacyGroupYaml | None:
        file = parse_yaml(path, self.files[path], self.complaints)
        parsed = validate(file, model, self.complaints) if file else None
        if file is not None and parsed is not None:
            for location, message in group_refusals(parsed):
                self.complaints.add(path, message, file.line(location))
            self._check_flags(file, parsed)
        return parsed

    def _check_flags(self, file: YamlFile, parsed: TestYaml | LegacyGroupYaml) -> None:
        legacy = isinstance(parsed, LegacyGroupYaml)
        key = "output_validator_flags" if legacy else "output_validator_args"
        problem = flags_problem(tuple(getattr(parsed, key) or ()))
        if problem:
            self.complaints.add(file.path, f"`{key}`: {problem}", file.line((key,)))

    def _merged(self, outer: Settings, inner: TestYaml | LegacyGroupYaml | None) -> Settings:
        if inner is None:
            return outer
        if isinstance(inner, LegacyGroupYaml):
            flags = inner.output_validator_flags
            return Settings(
                outer.output_args if flags is None else tuple(flags),
                outer.hint,
                outer.full_feedback,
            )
        args = inner.output_validator_args
        return Settings(
            outer.output_args if args is None else tuple(args),
            inner.hint or outer.hint,
            outer.full_feedback if inner.full_feedback is None else inner.full_feedback,
        )

    def _check_strays(self, bases: list[str]) -> None:
        known = set(bases)
        for path, message in self._strays(known):
            self.complaints.add(path, message)

    def _strays(self, bases: set[str]) -> Iterator[tuple[str, str]]:
        for path in self.files:
            if not path.startswith("data/"):
                continue
            top = path.split("/")[1]
            if path.count("/") == 1 and top not in _GROUP_FILES:
                yield path, "`data/` itself holds no files: put it in `sample/` or `secret/`"
            elif top in ("sample", "secret") and path.count("/") > 1:
                message = self._stray(path, bases)
                if message:
                    yield path, message

    def _stray(self, path: str, bases: set[str]) -> str | None:
        if any(part.endswith(".files") for part in path.split("/")[:-1]):
            return "`.files` folders (input by files) are not supported here yet"
        name = PurePosixPath(path)
        base = str(name.with_suffix(""))
        if name.suffix in _UNSUPPORTED:
            return _UNSUPPORTED[name.suffix]
        if name.name in _GROUP_FILES or name.suffix in _IGNORED:
            return None
        if name.suffix in (".in", ".ans", ".yaml", ".hint"):
            lost = base not in bases
            return f"belongs to no test: `{name.stem}.in` is missing" if lost else None
        return f"`{name.suffix or name.name}` is no kind of test file that the format has"


def flags_problem(words: tuple[str, ...]) -> str | None:
    """What is wrong with arguments to the default validator, or None."""
    index = 0
    while index < len(words):
        word = words[index]
        values = _FLAGS.get(word)
        if values is None:
            return f"the default validator has no `{word}`; it has {', '.join(_FLAGS)}"
        for value in words[index + 1 : index + 1 + values]:
            if not _is_tolerance(value):
                return f"`{word}` wants a number >= 0, not `{value}`"
        index += 1 + values
    return f"`{words[-1]}` wants a number after it" if index > len(words) else None


def _is_tolerance(word: str) -> bool:
    try:
        return 0 <= float(word) < float("inf")
    except ValueError:
        return False


def _name(base: str) -> str:
    return base.rpartition("/")[2]
