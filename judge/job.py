"""What a worker needs to judge one submission: frozen data, never a database row."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from judge.grading import Group
from judge.limits import COMPILE_LIMITS, Limits


class Kind(StrEnum):
    """How a problem's submissions are run."""

    STDIO = "stdio"
    """A program that reads standard input and writes standard output."""
    FUNCTION = "function"
    """In Python, a function that the package's driver calls; in other languages, a program."""
    TORCH = "torch"
    """A torch class or function that the package's driver calls."""
    QUIZ = "quiz"
    """Questions: a submission is a file of answers, and nothing is run."""


@dataclass(frozen=True, slots=True)
class BlobRef:
    """Content-addressed data: the SHA-256 in lower-case hex, and the size."""

    sha256: str
    size_bytes: int


@dataclass(frozen=True, slots=True)
class TestCase:
    """One stored test. `answer` is None for a user's own input, whose answer is unknown."""

    __test__ = False  # the name is the field's term, not a test class for pytest

    name: str
    sample: bool
    input: BlobRef
    answer: BlobRef | None
    hint: Mapping[str, str] = field(default_factory=dict)
    """A line for users who fail the test, by language tag (`zh`, `en`)."""
    slow_hint: Mapping[str, str] = field(default_factory=dict)
    """Shown in place of `hint` to users whose submission is too slow on the test."""
    checker_arguments: tuple[str, ...] | None = None
    """The checker's arguments for this test. None means those of the problem."""
    arguments: tuple[str, ...] = ()
    """The submission's command line."""
    files: Mapping[str, BlobRef] = field(default_factory=dict)
    """The files in the submission's working directory, by name."""
    open: bool = False
    """All of the test is shown, although it is no sample."""

    @property
    def is_shown(self) -> bool:
        """Whether its texts are shown: for samples, open tests, and a user's own input."""
        return self.sample or self.open or self.answer is None


@dataclass(frozen=True, slots=True)
class CheckerSpec:
    """Which checker compares output with answer, and its arguments.

    `name` is `tokens`, `exact`, `tensors`, `quiz` or `custom`; `arguments` are the words of the
    package format's validator flags, e.g. `("float_tolerance", "1e-6")`.
    """

    name: str = "tokens"
    arguments: tuple[str, ...] = ()


SCRIPTED = "script"
"""Stands in place of a language: the program has scripts `build` or `run` that make and run it."""


@dataclass(frozen=True, slots=True)
class ValidatorSpec:
    """A package's own output validator: a program that is trusted as little as a submission.

    `files` are its sources by name, in `language` or `SCRIPTED`. If `interactive`, it exchanges
    messages with the submission while both run. `passes` is how often the submission may be run per
    test. With `scores` it may give points. With `strict`, points where there can be none are its
    error, which legacy leaves open.
    """

    language: str
    files: Mapping[str, bytes]
    limits: Limits
    interactive: bool = False
    passes: int = 1
    scores: bool = False
    strict: bool = True


@dataclass(frozen=True, slots=True)
class Source:
    """One program as its author wrote it: `text` in the language `language`.

    `name` is the author's name for the file, which may have folders in it; empty if it has none,
    as a source sent through the API. `files` are the program's other files, by name.
    """

    language: str
    text: str
    name: str = ""
    files: Mapping[str, bytes] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class JudgeJob:
    """One judging: a submission against the tests of one version of a problem.

    `support` holds the package's `include/<lang>` files by name (for `python3` and `pytorch`
    the driver, whose main file is `main.py`); `entry` is the name that the driver calls, for
    messages only. `validator` checks if the checker is `custom`; `grading` says how tests make a
    score, None if there are no scores. `reference` is an accepted submission, run first to get the
    expected output if a test has no answer. `notes` are the package's comments on a difference, by
    the name of a tensor or value, then by language tag.
    """

    judging_id: str
    problem: str
    version: int
    kind: Kind
    source: Source
    tests: tuple[TestCase, ...]
    limits: Limits
    checker: CheckerSpec = CheckerSpec()
    validator: ValidatorSpec | None = None
    grading: Group | None = None
    support: Mapping[str, bytes] = field(default_factory=dict)
    entry: str | None = None
    compile_limits: Limits = COMPILE_LIMITS
    reference: Source | None = None
    reference_support: Mapping[str, bytes] = field(default_factory=dict)
    notes: Mapping[str, Mapping[str, str]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class JudgingRules:
    """What a version of a problem says about all its judgings; the fields are those of `JudgeJob`.
    None of them has a default, so that none can be forgotten."""

    problem: str
    version: int
    kind: Kind
    limits: Limits
    checker: CheckerSpec
    validator: ValidatorSpec | None
    grading: Group | None
    entry: str | None
    compile_limits: Limits
    notes: Mapping[str, Mapping[str, str]]

    def job(
        self,
        judging_id: str,
        source: Source,
        support: Mapping[str, bytes],
        tests: tuple[TestCase, ...],
        *,
        graded: bool = True,
        reference: Source | None = None,
        reference_support: Mapping[str, bytes] | None = None,
    ) -> JudgeJob:
        """The job of judging `source`; every job is built here. Without `graded` there are no
        points and no groups: where samples are run, or all tests whatever the others' results."""
        return JudgeJob(
            judging_id=judging_id,
            problem=self.problem,
            version=self.version,
            kind=self.kind,
            source=source,
            tests=tests,
            limits=self.limits,
            checker=self.checker,
            validator=self.validator,
            grading=self.grading if graded else None,
            support=support,
            entry=self.entry,
            compile_limits=self.compile_limits,
            reference=reference,
            reference_support=reference_support or {},
            notes=self.notes,
        )
