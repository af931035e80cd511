"""`quiz`: compares an answer with the question's key; see `judge.quizzes.questions`."""

from dataclasses import dataclass

from judge.differences import Difference, Reason
from judge.quizzes.questions import Key, QuestionType, key_from_bytes
from judge.result import CheckResult
from judge.verdict import Verdict
from worker.checkers.base import CheckerError


@dataclass(frozen=True, slots=True)
class Quiz:
    """Accepts or rejects an answer; names a wrong one's misconception if the key lists it."""

    @classmethod
    def from_arguments(cls, arguments: tuple[str, ...]) -> "Quiz":
        """Make the checker, which has no flags; raises CheckerError for any flag."""
        if arguments:
            raise CheckerError(f"the checker quiz takes no flags, got {' '.join(arguments)!r}")
        return cls()

    def check(self, input: bytes, output: bytes, answer: bytes) -> CheckResult:  # noqa: ARG002 - the checkers' signature
        """Return AC or WA; JE if `answer` is no key."""
        try:
            key = key_from_bytes(answer)
        except ValueError as error:
            return CheckResult(Verdict.JE, Difference(Reason.CHECKER_FAILED), str(error))
        given = output.decode("utf-8", "replace").strip()
        if _equal(key, given, key.right):
            return CheckResult(Verdict.AC)
        return CheckResult(Verdict.WA, _why(key, given))


def told(key: Key, given: str) -> list[str]:
    """Return the answers in `key.why` that a wrong answer equals or contains."""
    parts = given.split() if key.type is QuestionType.MULTIPLE else [given]
    return [known for known in key.why if any(_equal(key, part, known) for part in parts)]


def _equal(key: Key, given: str, known: str) -> bool:
    if key.type is not QuestionType.NUMBER:
        return given == known
    try:
        mine, theirs = float(given), float(known)
    except ValueError:
        return False
    # NaN and infinity are never within a tolerance.
    return abs(mine - theirs) <= key.tolerance * abs(theirs)


def _why(key: Key, given: str) -> Difference:
    if not given:
        return Difference(Reason.UNANSWERED)
    if slips := told(key, given):
        note: dict[str, str] = {}
        for slip in slips:
            for tag, text in key.why[slip].items():
                note[tag] = f"{note[tag]} {text}" if tag in note else text
        return Difference(Reason.MISCONCEPTION, {"note": note})
    if key.type is QuestionType.MULTIPLE and set(given.split()) <= set(key.right.split()):
        return Difference(Reason.CHOICES_MISSING)
    return Difference(Reason.WRONG_ANSWER)
