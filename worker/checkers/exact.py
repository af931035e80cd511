"""`exact`: the output's bytes are the answer's bytes."""

from dataclasses import dataclass

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
        shorter = min(len(output), len(answer))
        at = next((i for i in range(shorter) if output[i] != answer[i]), shorter)
        if at == len(output):
            return CheckResult(Verdict.WA, f"The output ends too early, after {at} bytes.")
        if at == len(answer):
            return CheckResult(Verdict.WA, f"The output goes on after its {at} right bytes.")
        line = output.count(b"\n", 0, at) + 1
        column = at - (output.rfind(b"\n", 0, at) + 1) + 1
        return CheckResult(Verdict.WA, f"The first difference is in line {line}, byte {column}.")
