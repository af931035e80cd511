"""A whole problem package as frozen data: `load` returns it, `publish` and `verify` take it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import PurePosixPath

from judge.grading import Group
from judge.job import CheckerSpec, Kind, ValidatorSpec
from judge.limits import COMPILE_LIMITS, Limits
from judge.problem_package.complaints import PackageComplaint
from judge.quizzes.questions import Key, Question
from judge.verdict import Verdict

InputArguments = tuple[str, ...] | Mapping[str, tuple[str, ...]]
"""The arguments of every input validator, or of each by the validator's name."""


@dataclass(frozen=True, slots=True)
class PackageTest:
    """One test. `name` is the format's base name, e.g. `secret/03-all-equal`; `hint` is a line for
    users who fail the test, by language tag."""

    name: str
    sample: bool
    input: bytes
    answer: bytes
    hint: Mapping[str, str]
    checker_arguments: tuple[str, ...] | None = None
    """The output validator's arguments, if they are not the problem's."""
    input_arguments: InputArguments = ()
    arguments: tuple[str, ...] = ()
    """The submission's command line."""
    files: Mapping[str, bytes] = field(default_factory=dict)
    """The files in the submission's working directory, by name."""
    open: bool = False
    """`full_feedback` for a secret test: users who fail it may see all of it."""
    slow_hint: Mapping[str, str] = field(default_factory=dict)
    """Shown in place of `hint` to users whose submission is too slow on the test."""
    shown_input: bytes | None = None
    shown_output: bytes | None = None
    """What a statement shows in place of the input and the answer."""
    output: bytes | None = None
    """`.out`: an output that must be accepted."""

    def arguments_for(self, validator: str) -> tuple[str, ...]:
        """The arguments for this test of the input validator of that name, suffix included."""
        own = self.input_arguments
        if isinstance(own, Mapping):
            # Tools differ in whether a validator that is one file is named with its suffix.
            name = validator if validator in own else PurePosixPath(validator).stem
            return (*own.get(name, ()), *self.arguments)
        return (*own, *self.arguments)


class ProbeKind(StrEnum):
    """The kinds of probes, named by what the validators must find."""

    INVALID_INPUT = "invalid_input"
    INVALID_OUTPUT = "invalid_output"
    VALID_OUTPUT = "valid_output"


@dataclass(frozen=True, slots=True)
class Probe:
    """Test data that no submission sees: validators must refuse or accept it. `output` is None for
    inputs."""

    kind: ProbeKind
    test: PackageTest
    output: bytes | None


@dataclass(frozen=True, slots=True)
class PackageProgram:
    """A validator: the name of its file or folder, its path in the package, its language, and its
    sources by name."""

    name: str
    path: str
    language: str
    files: Mapping[str, bytes]


class Bound(StrEnum):
    """What a submission's time says about the time limit."""

    LOWER = "lower"
    """The submission must be faster than the limit, with a margin."""
    UPPER = "upper"
    """The submission must be slower than the limit, with a margin."""
    NONE = "none"


@dataclass(frozen=True, slots=True)
class Expectation:
    """What a submission must do on some tests. `tests` is a pattern below `data/` (empty: all).
    Every verdict is in `permitted`, at least one is in `required`; the score (of the groups that
    `tests` names, else the submission's) is within `score`; one `judgemessage.txt` contains
    `message`. `bound` is what the slowest of these tests says about the time limit."""

    tests: str = ""
    permitted: frozenset[Verdict] = frozenset(Verdict)
    required: frozenset[Verdict] = frozenset(Verdict)
    score: tuple[float, float] | None = None
    message: str = ""
    bound: Bound = Bound.NONE


@dataclass(frozen=True, slots=True)
class PackageSubmission:
    """An example submission: its `path` below `submissions/`, its source, and the verdicts of which
    it must get one as a whole. `expectations` are all that it must meet, the folder's own first.
    `name` is the file at which the program starts; `files` are its other files, by name. `partial`:
    it must get some of the points, but not all. `may_be_partial`: it should get all, but is only
    warned of if it gets some. `model`: the package calls it a model solution."""

    path: str
    language: str
    text: str
    expected: frozenset[Verdict]
    files: Mapping[str, bytes] = field(default_factory=dict)
    expectations: tuple[Expectation, ...] = ()
    partial: bool = False
    name: str = ""
    model: bool = False
    may_be_partial: bool = False

    @property
    def bound(self) -> Bound:
        """What its time says about the limit; UPPER if some tests must be fast and some slow."""
        bounds = {one.bound for one in self.expectations}
        return next((one for one in (Bound.UPPER, Bound.LOWER) if one in bounds), Bound.NONE)

    @property
    def size_bytes(self) -> int:
        """The size of all its source."""
        return len(self.text.encode()) + sum(map(len, self.files.values()))


@dataclass(frozen=True, slots=True)
class Timing:
    """The margins around the time limit. `fixed`: the package sets the limit itself; otherwise it
    is the least multiple of `resolution_s` that leaves accepted submissions their margin."""

    fixed: bool = True
    accepted_to_limit: float = 2.0
    limit_to_too_slow: float = 1.5
    resolution_s: float = 1.0


@dataclass(frozen=True, slots=True)
class Coverage:
    """What the tests of a torch package claim to check; see `worker.packages.coverage`. `covers`:
    words of the statement, by kind; `not_covered`: the reason, by kind; `dimensions`: the names of
    the sizes of a case's tensor, by the tensor's name."""

    covers: Mapping[str, str] = field(default_factory=dict)
    not_covered: Mapping[str, str] = field(default_factory=dict)
    dimensions: Mapping[str, tuple[str, ...]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class QuizQuestion:
    """A question of a quiz, with the key to its answer."""

    question: Question
    key: Key


@dataclass(frozen=True, slots=True)
class ProblemPackage:
    """A package that has been read without an error (its submissions are not judged yet).

    `names` and `statements` (Markdown) are by language tag and have the same tags; `images` are
    those of the statements, by file name. `include` holds `include/<language>/` with `default`
    merged in. `mistakes` is by the file name of a submission, then by language tag. `sha256` is
    over every file's path and content. `warnings` did not refuse the package. `validator` is the
    package's own checker; `grading` is None if there are no scores. `interactions` are sample
    conversations by name; `downloads` are the statements that are files, and attachments, by name.
    `code_bytes` limits the size of a source; None means that only the judge's limit applies.
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
    validator: ValidatorSpec | None = None
    validator_path: str = "problem.yaml"
    """Where the output validator lies; without one, the file that chooses the default one."""
    input_validators: tuple[PackageProgram, ...] = ()
    input_limits: Limits = field(default_factory=Limits)
    grading: Group | None = None
    timing: Timing = Timing()
    compile_limits: Limits = COMPILE_LIMITS
    code_bytes: int | None = None
    probes: tuple[Probe, ...] = ()
    interactions: Mapping[str, str] = field(default_factory=dict)
    downloads: Mapping[str, bytes] = field(default_factory=dict)
    notes: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    """What a difference in a tensor or value means: by its name, then by language tag."""
    coverage: Coverage = Coverage()
    requires: frozenset[str] = frozenset()
    """The labels that a worker must have to judge the problem."""
    prerequisites: tuple[str, ...] = ()
    """The slugs of the problems to solve before this one; `judge.problems.prerequisites` checks
    that they exist."""
    questions: tuple[QuizQuestion, ...] = ()
    """The questions of a quiz, in the order of its tests; the test of a question is `secret/ID`."""

    @property
    def is_plain(self) -> bool:
        """Whether each test is one run whose output is compared with an answer."""
        validator = self.validator
        return validator is None or not (validator.interactive or validator.passes > 1)

    def support(self, language: str) -> dict[str, bytes]:
        """The files that lie beside a submission in `language`, by name.

        `pytorch` takes `include/python3` too: it is the same language with torch loaded.
        """
        sources = (
            ("default", "python3", "pytorch") if language == "pytorch" else ("default", language)
        )
        merged: dict[str, bytes] = {}
        for source in sources:
            merged.update(self.include.get(source, {}))
        return merged
