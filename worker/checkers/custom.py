"""`custom`: a package's own output validator, which the caller's function `run` runs in the jail.

The contract is the package format's: exit code 42 means accepted, 43 wrong, any other code that the
validator failed, which is the package's fault (JE). It may write files into its feedback folder:
`score.txt` or `score_multiplier.txt`, `nextpass.in`, a `teammessage.txt` for the submitter and a
`judgemessage.txt` for the author. The validator has read untrusted output, which may have taken it
over, so every file is read with a size limit.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from judge.differences import Difference, Reason
from judge.problem_package.decimals import MOST_POINTS, decimal
from judge.result import CheckResult, Ending, RunResult
from judge.verdict import Verdict
from worker.checkers.base import CheckerError
from worker.judging.explanations import readable, told

ACCEPTED, WRONG = 42, 43
FEEDBACK = "feedback/"
NEXT_PASS = "nextpass.in"  # noqa: S105 a file's name
_OURS = "output validator: "
_STOPPED = "it was stopped"
_SCORE, _SHARE = "score.txt", "score_multiplier.txt"
_MOST_SCORE_BYTES = 200
_MOST_MESSAGE_BYTES = 2000
_WRONG = Difference(Reason.WRONG_ANSWER)


@dataclass(frozen=True, slots=True)
class Pass:
    """A validator's inputs for one pass; `feedback` has the files from its earlier passes."""

    input: bytes
    answer: bytes
    output: bytes
    arguments: tuple[str, ...] = ()
    feedback: Mapping[str, bytes] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Custom:
    """A validator as a checker. `run` runs it once; `scores` says whether it may give points.
    `strict` says whether files that mean nothing in the problem, as points where there are no
    scores, are an error (format 2025-09) or are ignored (legacy)."""

    run: Callable[[Pass], RunResult]
    scores: bool = False
    arguments: tuple[str, ...] = ()
    strict: bool = True

    def check(self, input: bytes, output: bytes, answer: bytes) -> CheckResult:
        """Return AC, WA, or JE if the validator failed."""
        return self.judge(self.run(Pass(input, answer, output, self.arguments)))

    def judge(self, run: RunResult) -> CheckResult:
        """Make the check result from a validator's run."""
        left = feedback_of(run)
        kept = run.reply.text.encode() if run.reply is not None else b""
        parts = (left.get("judgemessage.txt", b""), run.stderr, kept)
        texts = [told(part, _MOST_MESSAGE_BYTES).strip() for part in parts]
        detail = "\n".join(filter(None, texts))
        if run.ending is not Ending.EXITED or run.exit_code not in (ACCEPTED, WRONG):
            return _failure(how_it_failed(run), detail)
        message = readable(left.get("teammessage.txt", b""), _MOST_MESSAGE_BYTES).strip()
        if run.exit_code == WRONG:
            # These files have a meaning only if the validator accepts.
            stray = next((name for name in (_SCORE, _SHARE, NEXT_PASS) if name in left), None)
            if stray and self.strict:
                return _failure(f"it rejects, and yet leaves `{stray}`", detail)
            return CheckResult(Verdict.WA, _said(message) or _WRONG, detail)
        try:
            points, share = self._points(left)
        except CheckerError as error:
            return _failure(str(error), detail)
        # Legacy has no passes, so that this file has no meaning there.
        next_input = left.get(NEXT_PASS) if self.strict else None
        return CheckResult(Verdict.AC, _said(message), detail, points, share, next_input)

    def _points(self, left: Mapping[str, bytes]) -> tuple[float | None, float | None]:
        given = [name for name in (_SCORE, _SHARE) if name in left]
        # In legacy packages without scores these files have no meaning.
        if not (self.scores or self.strict):
            return None, None
        if given and not self.scores:
            raise CheckerError(f"it leaves `{given[0]}`, but this problem has no scores")
        if len(given) > 1:
            raise CheckerError(f"it leaves both `{_SCORE}` and `{_SHARE}`")
        points = _number(left, _SCORE)
        share = _number(left, _SHARE)
        if share is not None and not 0 <= share <= 1:
            raise CheckerError(f"`{_SHARE}` holds {share:g}, which is not between 0 and 1")
        return points, share


def feedback_of(run: RunResult) -> dict[str, bytes]:
    """Return the files in a validator's feedback folder, by name."""
    return {
        path.removeprefix(FEEDBACK): content
        for path, content in run.kept.items()
        if path.startswith(FEEDBACK)
    }


def was_stopped(check: CheckResult) -> bool:
    """Whether the validator exceeded its limits; running it again would take as long."""
    # The detail then begins with this text from `how_it_failed`.
    return check.detail.startswith(f"{_OURS}{_STOPPED}")


def how_it_failed(run: RunResult, wanted: str = f"{ACCEPTED} or {WRONG}") -> str:
    """Return how a validator's run failed, as the end of a sentence."""
    match run.ending:
        case Ending.EXITED:
            return f"it ended with exit code {run.exit_code}, not {wanted}"
        case Ending.SIGNALED:
            return f"it was ended by signal {run.signal}"
        case _:
            return f"{_STOPPED}: {run.ending}"


def _failure(why: str, detail: str) -> CheckResult:
    whole = f"{_OURS}{why}" + (f"\n{detail}" if detail else "")
    return CheckResult(Verdict.JE, Difference(Reason.CHECKER_FAILED), whole)


def _said(message: str) -> Difference | None:
    return Difference(Reason.VALIDATOR_SAYS, {"text": message}) if message else None


def _number(left: Mapping[str, bytes], name: str) -> float | None:
    if name not in left:
        return None
    try:
        # Cut the file: no valid number is longer.
        value = decimal(left[name][:_MOST_SCORE_BYTES].decode("ascii").strip())
    except ValueError:
        raise CheckerError(f"`{name}` holds no number") from None
    if abs(value) > MOST_POINTS:
        raise CheckerError(f"`{name}` holds {value:g}, which is no score")
    return value
