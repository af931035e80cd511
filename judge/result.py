"""What came of a run, of a check, of a test and of a whole judging: frozen once built."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from judge.limits import Usage
from judge.verdict import Verdict


class Ending(StrEnum):
    """How a run ended, as seen from outside. Not a verdict: `worker.judging.judging` makes that."""

    EXITED = "exited"
    SIGNALED = "signaled"
    CPU_LIMIT = "cpu limit"
    WALL_LIMIT = "wall limit"
    MEMORY_LIMIT = "memory limit"
    OUTPUT_LIMIT = "output limit"
    FORBIDDEN = "forbidden system call"


class Stream(StrEnum):
    """What a run may write more of than it may."""

    OUTPUT = "standard output"
    ERROR = "standard error"
    ANSWER = "answer"


class ReplyKind(StrEnum):
    """What the far end of the result channel claims; untrusted, so only data."""

    ANSWER = "answer"
    """The driver ended normally; the payload is what it answered (may be empty)."""
    EXCEPTION = "exception"
    """Python raised; see `Reply.error_type`, `line`, `text`."""
    SYNTAX = "syntax"
    """Python source that does not compile."""
    MALFORMED = "malformed"
    """Bytes came that are no reply: truncated, twice, oversized, not ours."""


@dataclass(frozen=True, slots=True)
class Reply:
    """The one frame that a child may send back, parsed with bounds.

    `line` is the line in the submission's own source, where known; `text` is the traceback
    (its driver's frames left out) or what was malformed.
    """

    kind: ReplyKind
    payload: bytes = b""
    error_type: str = ""
    line: int | None = None
    text: str = ""


@dataclass(frozen=True, slots=True)
class RunResult:
    """What one process did. `reply` is None where the run's mode has no result channel or
    nothing was sent."""

    ending: Ending
    usage: Usage
    exit_code: int = 0
    signal: int = 0
    stdout: bytes = b""
    stderr: bytes = b""
    reply: Reply | None = None
    overflow: Stream | None = None
    """Which stream passed the limit, where one did."""
    kept: Mapping[str, bytes] = field(default_factory=dict)
    """The files that were asked for, by their path in the working directory; the program's."""


@dataclass(frozen=True, slots=True)
class CheckResult:
    """What a checker says of one output. `message` is for a person, and for any test: it may
    name a position or an error's size, but never the expected values of a hidden test.
    `detail` may: it is for the package's author only.

    `points` is a score of the checker's own, and `share` (0 to 1) a part of the test's score;
    None where it gave none. `next_input` asks for another pass with that input.
    """

    verdict: Verdict
    message: str = ""
    detail: str = ""
    points: float | None = None
    share: float | None = None
    next_input: bytes | None = None


@dataclass(frozen=True, slots=True)
class TestResult:
    """One test's outcome. The last four are shown for samples and runs only; each is cut."""

    __test__ = False

    name: str
    sample: bool
    verdict: Verdict
    usage: Usage
    message: str = ""
    hint: Mapping[str, str] = field(default_factory=dict)
    input: str | None = None
    expected: str | None = None
    output: str | None = None
    stderr: str | None = None
    open: bool = False
    """It is no sample, but no secret either: the four above may be shown."""
    score: float | None = None
    """Points that the problem's validator gave it; None where it gave none."""
    detail: str = ""
    """What the validator says for the package's author only."""


@dataclass(frozen=True, slots=True)
class JudgingResult:
    """A whole judging's outcome: the first failing test's verdict, or AC.

    `usage` holds the greatest CPU time and the greatest memory of any test. `score` is 100.0
    for AC and 0.0 otherwise, unless the package scores in its own way. `message` says
    what happened, `diagnosis` is the line of the known mistake that the submission behaves
    like, by language tag.
    """

    verdict: Verdict
    usage: Usage
    score: float
    compile_output: str = ""
    message: str = ""
    diagnosis: Mapping[str, str] = field(default_factory=dict)
    detail: str = ""
    """What the problem's validator says for the package's author, who may know every test."""
    undiagnosed: bool = False
    """Whether the problem's known mistakes were not known yet; they are compared with it later."""
