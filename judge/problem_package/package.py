"""A whole problem package as frozen data: what `load` gives and `publish` and `verify` take."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from judge.grading import Group
from judge.job import CheckerSpec, Kind, ValidatorSpec
from judge.limits import COMPILE_LIMITS, Limits
from judge.problem_package.complaints import PackageComplaint
from judge.quizzes.questions import Key, Question
from judge.verdict import Verdict

InputArguments = tuple[str, ...] | Mapping[str, tuple[str, ...]]
"""For every input validator, or by the validator's name."""


@dataclass(frozen=True, slots=True)
class PackageTest:
    """One test. `name` is the format's base name, e.g. `secret/03-all-equal`; `hint` is a line
    for whoever fails it, by language tag."""

    name: str
    sample: bool
    input: bytes
    answer: bytes
    hint: Mapping[str, str]
    checker_arguments: tuple[str, ...] | None = None
    """The output validator's, where they are not the problem's."""
    input_arguments: InputArguments = ()
    arguments: tuple[str, ...] = ()
    """The submission's command line."""
    files: Mapping[str, bytes] = field(default_factory=dict)
    """What the submission finds in its working directory, by name."""
    open: bool = False
    """`full_feedback` for a secret test: whoever fails it may see all of it."""
    slow_hint: Mapping[str, str] = field(default_factory=dict)
    """In place of `hint` for whoever is too slow on it."""
    shown_input: bytes | None = None
    shown_output: bytes | None = None
    """What a statement shows in place of input and answer."""
    output: bytes | None = None
    """`.out`: an output that must be accepted."""

    def arguments_for(self, validator: str) -> tuple[str, ...]:
        """What the input validator of that name gets for this test."""
        own = self.input_arguments
        if isinstance(own, Mapping):
            # A validator of one file may be named with its suffix or without.
            named = (words for name, words in own.items() if name.split(".")[0] == validator)
            return (*next(named, own.get(validator, ())), *self.arguments)
        return (*own, *self.arguments)


class ProbeKind(StrEnum):
    """What a probe of the validators must show."""

    INVALID_INPUT = "invalid_input"
    INVALID_OUTPUT = "invalid_output"
    VALID_OUTPUT = "valid_output"


@dataclass(frozen=True, slots=True)
class Probe:
    """Data that no submission sees: validators must refuse or take it. `output` is None for
    inputs."""

    kind: ProbeKind
    test: PackageTest
    output: bytes | None


@dataclass(frozen=True, slots=True)
class PackageProgram:
    """A validator: its name, language and sources by name."""

    name: str
    language: str
    files: Mapping[str, bytes]


class Bound(StrEnum):
    """What a submission's time says of the time limit."""

    LOWER = "lower"
    """It must fit, with a margin."""
    UPPER = "upper"
    """It must not fit, with a margin."""
    NONE = "none"


@dataclass(frozen=True, slots=True)
class Expectation:
    """What must hold of a submission on some tests. `tests` is a pattern below `data/` (empty:
    all). Every verdict is among `permitted`, one at least among `required`; the score (of the
    groups that `tests` names, else the submission's) lies in `score`; `message` is found in one
    `judgemessage.txt`. `bound`: what the slowest of these tests says of the time limit."""

    tests: str = ""
    permitted: frozenset[Verdict] = frozenset(Verdict)
    required: frozenset[Verdict] = frozenset(Verdict)
    score: tuple[float, float] | None = None
    message: str = ""
    bound: Bound = Bound.NONE


@dataclass(frozen=True, slots=True)
class PackageSubmission:
    """An example submission: `path` below `submissions/`, its source, and which of the verdicts
    it must get as a whole. `expectations` is all that must hold of it, the folder's own first.
    `name` is that of the file at which it starts; `files` are its other files, by name.
    `partial`: it must have some of the points, but not all. `model`: the package calls it a model
    solution."""

    path: str
    language: str
    text: str
    expected: frozenset[Verdict]
    files: Mapping[str, bytes] = field(default_factory=dict)
    expectations: tuple[Expectation, ...] = ()
    partial: bool = False
    name: str = ""
    model: bool = False

    @property
    def bound(self) -> Bound:
        """What its time says of the limit; UPPER where some tests must fit and some must not."""
        bounds = {one.bound for one in self.expectations}
        return next((one for one in (Bound.UPPER, Bound.LOWER) if one in bounds), Bound.NONE)

    @property
    def size_bytes(self) -> int:
        """Of all its source."""
        return len(self.text.encode()) + sum(map(len, self.files.values()))


@dataclass(frozen=True, slots=True)
class Timing:
    """The margins around the time limit. `fixed`: the package names the limit itself; otherwise
    it is the least multiple of `resolution_s` that leaves the accepted ones their margin."""

    fixed: bool = True
    accepted_to_limit: float = 2.0
    limit_to_too_slow: float = 1.5
    resolution_s: float = 1.0


@dataclass(frozen=True, slots=True)
class Coverage:
    """What a torch package says that its tests look at; see `worker.packages.coverage`. `covers`:
    the statement's words by kind; `not_covered`: why, by kind; `dimensions`: how the sizes of a
    case's tensor of that name are called."""

    covers: Mapping[str, str] = field(default_factory=dict)
    not_covered: Mapping[str, str] = field(default_factory=dict)
    dimensions: Mapping[str, tuple[str, ...]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class QuizQuestion:
    """A question of a quiz with its key."""

    question: Question
    key: Key


@dataclass(frozen=True, slots=True)
class ProblemPackage:
    """A package that has been read and found sound (its submissions are not judged yet).

    `names` and `statements` (Markdown) are by language tag and have the same tags; `images` are
    the statements' own, by file name. `include` holds `include/<language>/` with `default`
    merged in. `mistakes` is by the file name of a submission, then by language tag. `sha256` is
    over every file's path and content. `warnings` did not refuse the package. `validator` is the
    package's own checker; `grading` is None for all or nothing. `interactions` are sample
    conversations by name; `downloads` the statements that are files, and attachments, by name.
    `code_bytes` is the longest source that the problem takes, None: any that the judge takes.
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
    """What it means that a tensor or value differs: by its name, then by language tag."""
    coverage: Coverage = Coverage()
    requires: frozenset[str] = frozenset()
    """The labels that a worker must have to judge it."""
    prerequisites: tuple[str, ...] = ()
    """The slugs of the problems to solve before this one; `judge.problems.prerequisites` checks
    that there are such."""
    questions: tuple[QuizQuestion, ...] = ()
    """A quiz's, in the order of its tests; the test of a question is `secret/ID`."""

    @property
    def is_plain(self) -> bool:
        """Each test is one run whose output is compared with an answer."""
        validator = self.validator
        return validator is None or not (validator.interactive or validator.passes > 1)

    def support(self, language: str) -> dict[str, bytes]:
        """The files that are put beside a submission in `language`, by name.

        `pytorch` takes `include/python3` too: it is the same language with torch loaded.
        """
        sources = (
            ("default", "python3", "pytorch") if language == "pytorch" else ("default", language)
        )
        merged: dict[str, bytes] = {}
        for source in sources:
            merged.update(self.include.get(source, {}))
        return merged
