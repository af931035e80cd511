"""`data/`: a package's tests in order, each with all its settings."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace

from judge.grading import Group
from judge.problem_package.case_settings import Settings, SettingsReader
from judge.problem_package.complaints import Complaints, PackageComplaint
from judge.problem_package.format import FormatVersion
from judge.problem_package.grouping import Grouper
from judge.problem_package.metadata import Metadata
from judge.problem_package.package import PackageTest, Probe, ProbeKind
from judge.problem_package.stray_files import StrayCheck, in_files_folder
from judge.problem_package.yaml_files import decode_text

_INSTEAD = {
    "shown of the input": (".in.statement", ".interaction"),
    "shown of the output": (".out", ".ans.statement", ".interaction"),
    "offered of the output": (".out", ".ans.download"),
}
_PROBE_FOLDERS = {folder: kind for kind in ProbeKind for folder in (kind.value, f"{kind.value}s")}
"""The names of folders in the draft end with an `s`."""


@dataclass(frozen=True, slots=True)
class Cases:
    """The tests in judging order, the checker arguments that most of them share, and the groups
    that make a score."""

    tests: tuple[PackageTest, ...]
    arguments: tuple[str, ...]
    grading: Group | None
    probes: tuple[Probe, ...]
    interactions: dict[str, str]


@dataclass(slots=True)
class CaseReader:
    """Reads `data/` of one package; complaints go to `complaints`. `custom`: the package has an
    output validator of its own, with its own arguments."""

    files: Mapping[str, bytes]
    metadata: Metadata
    custom: bool
    complaints: Complaints
    _settings: SettingsReader = field(init=False)
    _crlf: list[PackageComplaint] = field(default_factory=list)
    _unended: list[PackageComplaint] = field(default_factory=list)

    def read(self) -> Cases:
        """Read all tests: samples first, each part sorted by name."""
        version = self.metadata.version
        self._settings = SettingsReader(self.files, version, self.custom, self.complaints)
        bases = list(self._bases(("sample", "secret")))
        legacy = version is FormatVersion.LEGACY
        StrayCheck(self.files, set(bases), legacy, self.complaints).check()
        self._check_places(bases)
        tests = [test for base in bases if (test := self._test(base))]
        self.complaints.warn_of_many(self._crlf, "with CR LF line ends")
        self.complaints.warn_of_many(self._unended, "without a newline at the end")
        if not any(not test.sample for test in tests):
            message = "no secret test; add at least one pair of `.in` and `.ans`"
            self.complaints.add("data/secret", message)
        grader = next((name for name in self.files if name.startswith("graders/")), None)
        if grader and not self._settings.grader_program:
            message = "not used: grader programs are for groups that say `grading: custom`"
            self.complaints.warn(grader, message)
        interactions = any(name.endswith(".interaction") for name in self.files)
        # Sample conversations are shown to solvers in place of samples, if there are any; a quiz
        # shows its questions.
        shown = interactions or self.metadata.submit_answer
        if not shown and not any(test.sample for test in tests):
            message = "no sample test: solvers see no example, and runs have nothing to run on"
            self.complaints.warn("data/sample", message)
        self._check_twins(tests)
        grading = Grouper(self.metadata, self._settings, self.complaints).group(tests)
        # In most packages all tests have the first test's arguments.
        own = self.metadata.checker_arguments
        shared = next((test.checker_arguments or () for test in tests), own)
        return Cases(
            tuple(
                replace(test, checker_arguments=None) if test.checker_arguments == shared else test
                for test in tests
            ),
            shared,
            grading,
            tuple(self._probes()),
            dict(self._interactions()),
        )

    def _bases(self, folders: Iterable[str]) -> Iterator[str]:
        starts = tuple(f"data/{folder}/" for folder in folders)
        found = [
            name.removesuffix(".in")
            for name in self.files
            if name.startswith(starts) and name.endswith(".in") and not in_files_folder(name)
        ]
        # Sorted by parts: as text, `/` would sort after `-` and `.`.
        yield from sorted(found, key=lambda base: tuple(base.split("/")))

    def _test(self, base: str) -> PackageTest | None:
        answer = self.files.get(f"{base}.ans")
        if answer is None:
            self.complaints.add(f"{base}.in", f"has no answer: `{_name(base)}.ans` is missing")
            return None
        content = self.files[f"{base}.in"]
        for suffix, data in ((".in", content), (".ans", answer)):
            text = decode_text(base + suffix, data, self.complaints) or ""
            if "\r" in text:
                message = "has CR LF line ends; the format wants LF"
                self._crlf.append(PackageComplaint(base + suffix, 1, message))
            if text and not text.endswith("\n"):
                line = text.count("\n") + 1
                message = "does not end with a newline"
                self._unended.append(PackageComplaint(base + suffix, line, message))
        settings = self._settings.of_test(base)
        if settings.full_feedback is False and base.startswith("data/sample/"):
            message = "`full_feedback: false` is not supported for samples, which are always shown"
            self.complaints.add(f"{base}.in", message)
        return self._with_settings(base, content, answer, settings)

    def _with_settings(
        self, base: str, content: bytes, answer: bytes, settings: Settings
    ) -> PackageTest:
        sample = base.startswith("data/sample/")
        out = self.files.get(f"{base}.out")
        start = f"{base}.files/"
        found = {name: data for name, data in self.files.items() if name.startswith(start)}
        return PackageTest(
            name=base.removeprefix("data/"),
            sample=sample,
            input=content,
            answer=answer,
            # The format doesn't say in which language a hint is.
            hint={"en": settings.hint} if settings.hint else {},
            checker_arguments=self.metadata.checker_arguments + (settings.output_args or ()),
            input_arguments=settings.input_args or (),
            arguments=settings.args or (),
            files={name.removeprefix(start): content for name, content in found.items()},
            open=bool(settings.full_feedback) and not sample,
            shown_input=self.files.get(f"{base}.in.statement"),
            shown_output=self.files.get(f"{base}.ans.statement", out),
            output=out,
        )

    def _interactions(self) -> Iterator[tuple[str, str]]:
        for path, content in self.files.items():
            if not path.endswith(".interaction"):
                continue
            if not self.metadata.may_converse:
                message = "is for interactive and multi-pass problems; see `type` in problem.yaml"
                self.complaints.add(path, message)
            elif text := decode_text(path, content, self.complaints):
                yield path.removeprefix("data/").removesuffix(".interaction"), text

    def _probes(self) -> Iterator[Probe]:
        for base in self._bases(_PROBE_FOLDERS):
            kind = _PROBE_FOLDERS[base.split("/")[1]]
            output = self.files.get(f"{base}.out")
            answer = self.files.get(f"{base}.ans", b"")
            # An invalid input has neither answer nor output beside it.
            wants = kind is not ProbeKind.INVALID_INPUT
            if wants and (output is None or f"{base}.ans" not in self.files):
                self.complaints.add(f"{base}.in", "needs an `.ans` and an `.out` beside it")
                continue
            settings = self._settings.of_test(base)
            test = self._with_settings(base, self.files[f"{base}.in"], answer, settings)
            yield Probe(kind, test, output if wants else None)

    def _check_twins(self, tests: Sequence[PackageTest]) -> None:
        """Warn of tests that ask the same once more. Not of those in several groups of a problem
        with scores, where a group of larger tests usually has all of the smaller ones again."""
        twins: list[PackageComplaint] = []
        seen: dict[object, str] = {}
        for test in tests:
            group = test.name.rpartition("/")[0] if self.metadata.scoring else ""
            files = tuple(sorted(test.files.items()))
            # To a validator the answer and its arguments may say what is asked.
            asked = (test.answer, test.checker_arguments) if self.custom else ()
            twin = seen.setdefault((group, test.input, test.arguments, files, asked), test.name)
            if twin != test.name:
                message = f"the same input as `data/{twin}.in`: judging both shows nothing more"
                twins.append(PackageComplaint(f"data/{test.name}.in", None, message))
        self.complaints.warn_of_many(twins, "with the input of another test")

    def _check_places(self, bases: Sequence[str]) -> None:
        """Check 2025-09's rules on the places of tests and on what is shown in their stead."""
        if self.metadata.version is not FormatVersion.V2025_09:
            return
        folders = {path.rpartition("/")[0] for path in self.files}
        for base in bases:
            if base in folders:
                message = f"a test and a folder, `{_name(base)}/`, have the same name; rename one"
                self.complaints.add(f"{base}.in", message)
            if _name(base) == "test_group":
                message = "a test must not have this name: its yaml file would be the group's"
                self.complaints.add(f"{base}.in", message)
            for what, suffixes in _INSTEAD.items():
                given = [one for one in suffixes if base + one in self.files]
                if len(given) > 1:
                    message = f"{' and '.join(given)} both say what is {what}; keep one"
                    self.complaints.add(base + given[0], message)


def _name(base: str) -> str:
    return base.rpartition("/")[2]
