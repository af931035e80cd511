"""`exact`: the output's bytes are the answer's bytes."""

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
        """No flag is known; raises CheckerError for any."""
        if arguments:
            raise CheckerError(f"the checker exact takes no flags, got {' '.join(arguments)!r}")
        return cls()

    def check(self, input: bytes, output: bytes, answer: bytes) -> CheckResult:  # noqa: ARG002 - all checkers are given it
        """AC when equal, else WA with the place of the first differing byte."""
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
        # Of a hidden test nothing is told of how far the output is right, since that reads the
        # answer byte by byte.
        wanted = answer.split()
        if not output.strip():
            hidden = Reason.BLANK_OUTPUT if output else Reason.NO_OUTPUT
        # Cut behind as many words as are wanted: a long output is not taken apart.
        elif output.split(None, len(wanted)) == wanted:
            hidden = Reason.SPACE_DIFFERS
        else:
            hidden = Reason.WRONG_ANSWER
        return CheckResult(Verdict.WA, found, hidden=Difference(hidden))


def _common_bytes(one: bytes, other: bytes) -> int:
    """How many bytes are equal from the start; by halves, which leaves the work to `memcmp`."""
    low, high = 0, min(len(one), len(other))
    while low < high:
        middle = (low + high + 1) // 2
        if one[low:middle] == other[low:middle]:
            low = middle
        else:
            high = middle - 1
    return low
