"""The results of a run, of a check, of a test and of a whole judging. All are frozen."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from judge.differences import Difference
from judge.limits import Usage
from judge.verdict import Verdict
from judge.wording import word


class Ending(StrEnum):
    """How a run ended, seen from outside. Not a verdict: `worker.judging.outcomes` makes that."""

    EXITED = "exited"
    SIGNALED = "signaled"
    CPU_LIMIT = "cpu limit"
    WALL_LIMIT = "wall limit"
    MEMORY_LIMIT = "memory limit"
    OUTPUT_LIMIT = "output limit"
    FORBIDDEN = "forbidden system call"


class Stream(StrEnum):
    """The streams whose length is limited."""

    OUTPUT = "stdout"
    ERROR = "stderr"
    ANSWER = "answer"


class ReplyKind(StrEnum):
    """What the child claims on the result channel. It is untrusted, so it is only data."""

    ANSWER = "answer"
    """The driver ended normally; the payload is its answer (may be empty)."""
    EXCEPTION = "exception"
    """Python code raised an exception; see `Reply.error_type`, `line`, `text`."""
    SYNTAX = "syntax"
    """Python source that does not compile."""
    MALFORMED = "malformed"
    """The bytes are no valid reply: truncated, sent twice, too long, or of another format."""


@dataclass(frozen=True, slots=True)
class Reply:
    """The one frame that a child may send back, parsed with bounds.

    `line` is the line in the submission's own source, if known; `text` is the traceback (without
    the driver's frames) or what was malformed.
    """

    kind: ReplyKind
    payload: bytes = b""
    error_type: str = ""
    line: int | None = None
    text: str = ""


@dataclass(frozen=True, slots=True)
class RunResult:
    """What one process did. `reply` is None if the run's mode has no result channel or nothing was
    sent."""

    ending: Ending
    usage: Usage
    exit_code: int = 0
    signal: int = 0
    stdout: bytes = b""
    stderr: bytes = b""
    reply: Reply | None = None
    overflow: Stream | None = None
    """The stream that passed its limit, if one did."""
    waited_s: float = 0.0
    """How long other processes kept this one waiting; see `worker.sandbox.pressure`."""
    listened_s: float = 0.0
    """How long its partner in a conversation was busy while this one did not compute."""
    machine_lacked_memory: bool = False
    """Whether the kernel killed one of its processes for lack of memory before the run had reached
    its own limit."""
    kept: Mapping[str, bytes] = field(default_factory=dict)
    """The requested files, by their path in the working directory. The program wrote them."""


@dataclass(frozen=True, slots=True)
class CheckResult:
    """A checker's result for one output: `difference` for tests that are shown, `hidden`, with less
    detail, for the others; `detail` is for the package's author only.

    For a hidden test a user is told the name of what differs, the share of wrong values in quarters
    and the power of ten of the error over the allowed one: nothing from which many submissions,
    sent one after the other, could read the answer.

    `comparable` is a wrong output for comparing it with other wrong ones: each part that depends on
    chance is replaced by what is wrong with it. None if nothing depends on chance.

    `points` is a score of the checker's own, and `share` (0 to 1) a part of the test's score;
    None if it gave none. `next_input` asks for another pass with that input.
    """

    verdict: Verdict
    difference: Difference | None = None
    detail: str = ""
    points: float | None = None
    share: float | None = None
    next_input: bytes | None = None
    hidden: Difference | None = None
    comparable: bytes | None = None

    @property
    def message(self) -> str:
        """The difference as an English sentence."""
        return word(self.difference)

    def told(self, *, shown: bool) -> Difference | None:
        """The difference to tell, for a test that is shown or for a hidden one."""
        return self.difference if shown or self.hidden is None else self.hidden


@dataclass(frozen=True, slots=True)
class TestResult:
    """One test's outcome. `input`, `expected`, `output` and `stderr` may be cut. They are for tests
    that are shown: samples, open tests and runs."""

    __test__ = False

    name: str
    sample: bool
    verdict: Verdict
    usage: Usage
    difference: Difference | None = None
    hint: Mapping[str, str] = field(default_factory=dict)
    input: str | None = None
    expected: str | None = None
    output: str | None = None
    stderr: str | None = None
    open: bool = False
    """It is no sample, but not secret either: the four texts above may be shown."""
    score: float | None = None
    """The points that the problem's validator gave; None if it gave none."""
    detail: str = ""
    """Text for the package's author only."""

    @property
    def message(self) -> str:
        """The difference as an English sentence."""
        return word(self.difference)


@dataclass(frozen=True, slots=True)
class JudgingResult:
    """A whole judging's outcome: the first failing test's verdict, or AC.

    `usage` holds the greatest CPU time and the greatest memory of any test. `score` is 100.0
    for AC and 0.0 otherwise, unless the package scores in its own way. `difference` says what
    happened; `diagnosis` is the line of the known mistake that the submission resembles, by
    language tag.
    """

    verdict: Verdict
    usage: Usage
    score: float
    compile_output: str = ""
    difference: Difference | None = None
    diagnosis: Mapping[str, str] = field(default_factory=dict)
    detail: str = ""
    """The validator's text for the package's author, who may know every test."""
    undiagnosed: bool = False
    """The known mistakes were not computed yet; the submission is compared with them later."""

    @property
    def message(self) -> str:
        """The difference as an English sentence."""
        return word(self.difference)
