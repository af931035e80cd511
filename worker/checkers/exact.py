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
        return CheckResult(
            Verdict.WA, _first_difference(output, answer), hidden=_on_the_whole(output, answer)
        )


def _first_difference(output: bytes, answer: bytes) -> Difference:
    at = _common_bytes(output, answer)
    if at == len(output):
        return Difference(Reason.SHORT_OUTPUT, {"right_bytes": at})
    if at == len(answer):
        return Difference(Reason.LONG_OUTPUT, {"right_bytes": at})
    line = output.count(b"\n", 0, at) + 1
    byte = at - (output.rfind(b"\n", 0, at) + 1) + 1
    return Difference(Reason.BYTES_DIFFER, {"line": line, "byte": byte})


def _on_the_whole(output: bytes, answer: bytes) -> Difference:
    """What is told of a hidden test: nothing of how far the output is right, since that reads the
    answer byte by byte."""
    if not output.strip():
        return Difference(Reason.BLANK_OUTPUT if output else Reason.NO_OUTPUT)
    wanted = answer.split()
    # Cut behind as many words as are wanted: a long output is not taken apart.
    if output.split(None, len(wanted)) == wanted:
        return Difference(Reason.SPACE_DIFFERS)
    return Difference(Reason.WRONG_ANSWER)


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
