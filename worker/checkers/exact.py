"""`exact`: the output must equal the answer byte for byte."""

from dataclasses import dataclass

from judge.differences import Difference, Reason
from judge.result import CheckResult
from judge.verdict import Verdict
from worker.checkers.base import CheckerError


@dataclass(frozen=True, slots=True)
class Exact:
    """Byte equality, white space and the last newline included."""

    @classmethod
    def from_arguments(cls, arguments: tuple[str, ...]) -> "Exact":
        """Make the checker, which has no flags; raises CheckerError for any flag."""
        if arguments:
            raise CheckerError(f"the checker exact takes no flags, got {' '.join(arguments)!r}")
        return cls()

    def check(self, input: bytes, output: bytes, answer: bytes) -> CheckResult:  # noqa: ARG002 - the checkers' signature
        """Return AC if they are equal, else WA with the place of the first differing byte."""
        if output == answer:
            return CheckResult(Verdict.AC)
        at = _common_bytes(output, answer)
        if at == len(output):
            found = Difference(Reason.SHORT_OUTPUT, {"right_bytes": at})
        elif at == len(answer):
            found = Difference(Reason.LONG_OUTPUT, {"right_bytes": at})
        else:
            line = output.count(b"\n", 0, at) + 1
            byte = at - (output.rfind(b"\n", 0, at) + 1) + 1
            found = Difference(Reason.BYTES_DIFFER, {"line": line, "byte": byte})
        # For a hidden test never tell how far the output is correct: submissions could use that to
        # read the answer byte by byte.
        wanted = answer.split()
        if not output.strip():
            hidden = Reason.BLANK_OUTPUT if output else Reason.NO_OUTPUT
        # Split off only as many words as are expected: the output may be long.
        elif output.split(None, len(wanted)) == wanted:
            hidden = Reason.SPACE_DIFFERS
        else:
            hidden = Reason.WRONG_ANSWER
        return CheckResult(Verdict.WA, found, hidden=Difference(hidden))


def _common_bytes(one: bytes, other: bytes) -> int:
    """Return the length of the common start, by binary search, so that `memcmp` does the work."""
    low, high = 0, min(len(one), len(other))
    while low < high:
        middle = (low + high + 1) // 2
        if one[low:middle] == other[low:middle]:
            low = middle
        else:
            high = middle - 1
    return low
