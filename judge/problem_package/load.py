"""Reads a folder or an archive into a `ProblemPackage`, or reports every reason why it can't.

The order: files -> `problem.yaml` and `judge.yaml` -> tests, programs, statements -> checks that
need several of them. Each step complains and goes on if the next one still makes sense, so that an
author can mend everything at once. No submission is run here: `verify` does that.
"""

import hashlib
import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path

from judge.job import CheckerSpec, Kind, ValidatorSpec
from judge.languages import ANSWERS
from judge.limits import COMPILE_LIMITS, KIB, MIB, Limits
from judge.problem_package.archives import read_archive
from judge.problem_package.case_settings import flags_problem
from judge.problem_package.cases import CaseReader, Cases
from judge.problem_package.complaints import Complaints
from judge.problem_package.files import PackageFiles, read_folder, refuse
from judge.problem_package.format import FormatVersion
from judge.problem_package.judge_file import JudgeFileCheck, names_test, read_judge_yaml
from judge.problem_package.metadata import Metadata, read_problem_yaml
from judge.problem_package.package import (
    Coverage,
    PackageSubmission,
    PackageTest,
    ProblemPackage,
    QuizQuestion,
)
from judge.problem_package.programs import SubmissionReader, read_include
from judge.problem_package.quiz_file import read_quiz, templates_of, with_questions
from judge.problem_package.side_files import JudgeYaml
from judge.problem_package.statements import Statements, read_statements
from judge.problem_package.validator_files import ValidatorReader
from judge.problem_package.yaml_files import YamlFile
from judge.quizzes.answers import MAX_ANSWERS_BYTES

SLUG = re.compile(r"[a-z0-9]{1,64}")
"""Short names: the packages' folders, and part of addresses."""
_WITH_CONSTANTS = frozenset({"include", "submissions", "input_validators", "output_validator"})
_SYSTEM_TIME_S = 2.0
_WALL_SLACK_S = 6.0
_SYSTEM_MEMORY_MIB = 1024
"""The limits of a package that sets none, as in the format's tools; `2.0` is our own choice."""


def load(path: Path, slug: str | None = None) -> ProblemPackage:
    """Read the package at `path`, a folder or a `.zip`/`.kpp` archive.

    `slug` replaces the short name, which otherwise is the name of the package's folder. Raises
    PackageError with every complaint.
    """
    if path.is_dir():
        taken = read_folder(path)
    elif path.is_file():
        taken = read_archive(path)
    else:
        refuse("", f"{path.name}: no such folder or archive")
    return load_files(replace(taken, slug=slug or taken.slug))


def load_files(taken: PackageFiles) -> ProblemPackage:
    """Do what `load` does for files that are in memory already. Raises PackageError."""
    complaints = Complaints(warnings=list(taken.warnings))
    if not SLUG.fullmatch(taken.slug):
        message = f"the package's name `{taken.slug}` must be lower-case letters and digits only"
        complaints.add("", message)
    metadata = read_problem_yaml(taken.files, complaints)
    judge_file, judge = read_judge_yaml(taken.files, complaints)
    # The format's version decides how everything else is read.
    if metadata is None:
        complaints.raise_if_any()
        raise AssertionError("problem.yaml failed without a complaint")
    reader = _Loader(taken, metadata, judge_file, judge, complaints)
    return reader.load()


def package_hash(files: Mapping[str, bytes]) -> str:
    """SHA-256 (hex) over every file's path and content, in whatever order or archive they come."""
    digest = hashlib.sha256()
    # The content's hash has a fixed length, so no file's end can pass for the next one's path.
    for name in sorted(files):
        digest.update(name.encode() + b"\0" + hashlib.sha256(files[name]).digest())
    return digest.hexdigest()


@dataclass(slots=True)
class _Loader:
    """One package while it is loaded: each method reads a part, or checks parts against each
    other."""

    taken: PackageFiles
    metadata: Metadata
    judge_file: YamlFile | None
    judge: JudgeYaml | None
    complaints: Complaints
    kind: Kind = field(init=False)

    def load(self) -> ProblemPackage:
        files = with_constants(self.taken.files, self.metadata.constants)
        self.kind = _kind(self.judge, files)
        static = next((name for name in files if name.startswith("static_validator/")), None)
        if static:
            message = "static validators are not supported here; take `static_validator/` out"
            self.complaints.add(static, message)
        version = self.metadata.version
        validators = ValidatorReader(files, self.metadata, self.complaints)
        validator = validators.output()
        if self.judge and self.judge.checker == "tensors":
            validator = None  # it is for judges without our checker
        custom = validator is not None
        cases = CaseReader(files, self.metadata, custom, self.complaints).read()
        questions: tuple[QuizQuestion, ...] = ()
        if self.kind is Kind.QUIZ:
            questions = read_quiz(files, tuple(self.metadata.names), self.complaints)
        if questions:
            cases = with_questions(cases, questions, files, self.complaints)
        tests = [test.name for test in cases.tests]
        submissions = SubmissionReader(
            files, self.kind, version, self.metadata.scoring, tests, self.complaints
        ).read()
        include = read_include(files, self.complaints)
        statements = read_statements(files, self.taken.slug, version, self.complaints)
        self._check_names(statements)
        self._check_driver(include)
        self._check_answers(cases)
        self._check_sizes(submissions)
        self._check_checker(validator)
        self._check_kind(validator)
        if self.judge and self.judge_file:
            about = JudgeFileCheck(self.judge, self.kind, self._languages(), self.complaints)
            about.check(self.judge_file, cases, submissions)
        self.complaints.raise_if_any()  # all are known: nothing below refuses the package
        package = self._package(cases, submissions, include, statements)
        named, coverage, requires = "quiz" if questions else "tokens", Coverage(), frozenset[str]()
        if judge := self.judge:
            named = judge.checker or named
            dimensions = {name: tuple(sizes) for name, sizes in judge.dimensions.items()}
            coverage = Coverage(judge.covers, judge.not_covered, dimensions)
            requires = frozenset(judge.requires)
        return replace(
            package,
            checker=CheckerSpec("custom" if validator else named, cases.arguments),
            validator=validator,
            validator_path=validators.output_path,
            input_validators=validators.inputs(),
            input_limits=validators.limits(),
            downloads=_downloads(files, statements),
            coverage=coverage,
            requires=requires,
            prerequisites=tuple(dict.fromkeys(judge.prerequisites)) if judge else (),
            questions=questions,
            templates=templates_of(questions) or package.templates,
            warnings=tuple(self.complaints.warnings),
        )

    def _package(
        self,
        cases: Cases,
        submissions: tuple[PackageSubmission, ...],
        include: dict[str, dict[str, bytes]],
        statements: Statements,
    ) -> ProblemPackage:
        judge = self.judge
        tags = judge.tags if judge and judge.tags is not None else self.metadata.keywords
        return ProblemPackage(
            slug=self.taken.slug,
            uuid=self.metadata.uuid,
            names=self._names(statements),
            kind=self.kind,
            difficulty=judge.difficulty if judge else "medium",
            tags=tuple(tags),
            entry=judge.entry if judge else None,
            languages=self._languages(),
            limits=self._limits(),
            checker=CheckerSpec(),
            tests=tuple(self._with_hint(test) for test in cases.tests),
            submissions=submissions,
            statements=statements.texts,
            images=statements.images,
            templates=self._templates(),
            mistakes=dict(judge.mistakes) if judge else {},
            notes=dict(judge.notes) if judge else {},
            include=include,
            sha256=package_hash(self.taken.files),
            grading=cases.grading,
            compile_limits=self._compile_limits(),
            code_bytes=self._code_bytes(),
            timing=self.metadata.timing,
            probes=cases.probes,
            interactions=cases.interactions,
        )

    def _languages(self) -> tuple[str, ...]:
        """`judge.yaml`'s languages, or the package's: for torch pytorch alone, else all but it."""
        allowed = tuple(
            language
            for language in self.metadata.languages
            if (language == "pytorch") is (self.kind is Kind.TORCH)
            and (language == ANSWERS) is (self.kind is Kind.QUIZ)
        )
        if self.judge and self.judge.languages:
            return tuple(language for language in allowed if language in self.judge.languages)
        return allowed

    def _templates(self) -> dict[str, str]:
        """The text that a language's editor begins with: from `judge.yaml`, or from the only file
        in `attachments/templates/<language>/`."""
        found: dict[str, list[bytes]] = {}
        for path, content in self.taken.files.items():
            parts = path.split("/")
            if parts[:2] == ["attachments", "templates"] and len(parts) == 4:
                found.setdefault(parts[2], []).append(content)
        templates = {} if self.judge is None else self.judge.templates
        said: dict[str, str] = {str(language): text for language, text in templates.items()}
        for language in self._languages():
            files = found.get(language) or found.get("default") or []
            if len(files) == 1:
                said.setdefault(language, files[0].decode("utf-8", "replace"))
        return said

    def _limits(self) -> Limits:
        asked, ours = self.metadata.limits, Limits()
        cpu_s = self.metadata.time_limit_s or _SYSTEM_TIME_S
        return Limits(
            cpu_s=cpu_s,
            # Waiting uses no CPU, so the wall limit only has to end runs that hang; on a host with
            # more work than cores an honest submission needs several times its CPU time.
            wall_s=2 * cpu_s + _WALL_SLACK_S,
            memory_bytes=(asked.memory or _SYSTEM_MEMORY_MIB) * MIB,
            output_bytes=asked.output * MIB if asked.output else ours.output_bytes,
            scratch_bytes=ours.scratch_bytes,
            processes=ours.processes,
        )

    def _compile_limits(self) -> Limits:
        asked, ours = self.metadata.limits, COMPILE_LIMITS
        cpu_s = float(asked.compilation_time or ours.cpu_s)
        return replace(
            ours,
            cpu_s=cpu_s,
            # The same ratio to the CPU time as in our own limits.
            wall_s=cpu_s * ours.wall_s / ours.cpu_s,
            memory_bytes=asked.compilation_memory * MIB
            if asked.compilation_memory
            else ours.memory_bytes,
        )

    def _code_bytes(self) -> int | None:
        asked = self.metadata.limits.code
        bound = asked * KIB if asked else None
        if self.kind is Kind.QUIZ:
            return min(bound or MAX_ANSWERS_BYTES, MAX_ANSWERS_BYTES)
        return bound

    def _names(self, statements: Statements) -> dict[str, str]:
        """The names by language tag. A legacy package has at most one, shared by its statements."""
        if self.metadata.version is not FormatVersion.LEGACY:
            return self.metadata.names
        named = self.metadata.names
        # The name may be in any of the statements' languages; the package doesn't say in which.
        other = named.get("en") or next(iter(named.values()), self.taken.slug)
        return {
            tag: statements.names.get(tag) or named.get(tag) or other for tag in statements.texts
        }

    def _with_hint(self, test: PackageTest) -> PackageTest:
        if self.judge is None:
            return test
        hint = _first_for(test, self.judge.hints)
        slow_hint = _first_for(test, self.judge.slow_hints)
        return replace(test, hint=test.hint if hint is None else hint, slow_hint=slow_hint or {})

    def _check_names(self, statements: Statements) -> None:
        if self.metadata.version is FormatVersion.LEGACY or not statements.texts:
            return
        for tag in sorted(self.metadata.names.keys() ^ statements.texts.keys()):
            if tag in statements.texts:
                message = f"there is a statement in `{tag}` but no name; add it to `name`"
            else:
                file = f"{self.metadata.version.statement_folder}/problem.{tag}.md"
                message = f"there is a name in `{tag}` but no statement; add `{file}`"
            self.complaints.add("problem.yaml", message)

    def _check_driver(self, include: Mapping[str, Mapping[str, bytes]]) -> None:
        if self.kind in {Kind.STDIO, Kind.QUIZ}:
            return
        if "main.py" not in include.get("python3", {}):
            message = f"missing: a problem of kind `{self.kind}` needs its driver there"
            self.complaints.add("include/python3/main.py", message)

    def _check_answers(self, cases: Cases) -> None:
        limit = self._limits().output_bytes
        # In a conversation the answer file is for the validator, and no program prints it.
        for test in () if self.metadata.may_converse else cases.tests:
            if len(test.answer) > limit:
                message = f"longer than the output limit of {limit // MIB} MiB: raise limits.output"
                self.complaints.add(f"data/{test.name}.ans", message)

    def _check_sizes(self, submissions: tuple[PackageSubmission, ...]) -> None:
        limit = self._code_bytes()
        for one in submissions:
            if limit is not None and one.size_bytes > limit:
                message = f"has {one.size_bytes} bytes; `limits.code` allows {limit}"
                self.complaints.add(f"submissions/{one.path}", message)

    def _check_checker(self, validator: ValidatorSpec | None) -> None:
        problem = flags_problem(self.metadata.checker_arguments)
        if problem and validator is None:
            self.complaints.add("problem.yaml", f"`validator_flags`: {problem}")
        if validator and self.judge and self.judge.checker:
            message = (
                "only `checker: tensors` may stand beside an output validator (which is then for "
                "other judges)"
            )
            line = self.judge_file.line(("checker",)) if self.judge_file else None
            self.complaints.add("judge.yaml", message, line)
        if self.metadata.may_converse and self.kind is not Kind.STDIO:
            message = f"a problem of kind `{self.kind}` can't be interactive or multi-pass"
            self.complaints.add("problem.yaml", message)

    def _check_kind(self, validator: ValidatorSpec | None) -> None:
        """Check that the format's type and our kind agree on whether there are programs to run."""
        if self.metadata.submit_answer and self.kind is not Kind.QUIZ:
            message = "`type: submit-answer` needs `kind: quiz` in judge.yaml, and a quiz.yaml"
            self.complaints.add("problem.yaml", message)
        if self.kind is Kind.QUIZ and not self.metadata.submit_answer:
            message = "a quiz needs `submit-answer` in its `type`: [pass-fail, submit-answer]"
            self.complaints.add("problem.yaml", message)
        if self.kind is Kind.QUIZ and validator is not None:
            message = "a quiz has no output validator: its answers are compared with quiz.yaml"
            self.complaints.add("output_validator", message)


def _downloads(files: Mapping[str, bytes], statements: Statements) -> dict[str, bytes]:
    """Files to download, by name: statements that are files, attachments, and files offered in
    place of samples' inputs and answers."""
    found = dict(statements.files)
    for path, content in files.items():
        if path.startswith("attachments/"):
            found[path] = content
        elif path.startswith("data/sample/") and path.endswith((".in.download", ".ans.download")):
            found[path.removeprefix("data/").removesuffix(".download")] = content
    return found


def with_constants(
    files: Mapping[str, bytes], constants: Mapping[str, Mapping[str, int | float | str]]
) -> Mapping[str, bytes]:
    """Replace `{{name}}` and `{{name.variant}}` in the files where the format wants it: in Markdown
    statements, programs and the configuration of test groups; never in test data or
    `problem.yaml`."""
    words = {
        f"{{{{{name}{suffix}}}}}".encode(): str(value).encode()
        for name, variants in constants.items()
        for variant, value in variants.items()
        # `{{name}}` stands for the variant `value`.
        for suffix in ([f".{variant}", ""] if variant == "value" else [f".{variant}"])
    }
    if not words:
        return files
    # In one pass, so that a value that looks like a constant stays as it is.
    pattern = re.compile(b"|".join(map(re.escape, words)))
    return {
        path: pattern.sub(lambda m: words[m.group()], content) if _takes(path) else content
        for path, content in files.items()
    }


def _takes(path: str) -> bool:
    """Whether constants are replaced in this file."""
    folder = path.split("/")[0]
    if folder == "statement":
        return path.endswith(".md")
    if folder == "data":
        return path.endswith(("/test_group.yaml", "/testdata.yaml"))
    return folder in _WITH_CONSTANTS


def _kind(judge: JudgeYaml | None, files: Mapping[str, bytes]) -> Kind:
    """The kind in `judge.yaml`; without the file, a Python driver means a function."""
    if judge is not None:
        return Kind(judge.kind)
    return Kind.FUNCTION if "include/python3/main.py" in files else Kind.STDIO


def _first_for(
    test: PackageTest, by_pattern: Mapping[str, Mapping[str, str]]
) -> dict[str, str] | None:
    found = (text for pattern, text in by_pattern.items() if names_test(pattern, test.name))
    return next((dict(text) for text in found), None)
