"""What every checker is, and the one error that making one can raise."""

from typing import Protocol

from judge.errors import ShousiError
from judge.result import CheckResult


class CheckerError(ShousiError):
    """A package asks for a checker, or gives it a flag, that does not exist."""


class Checker(Protocol):
    """Says whether an output is right. The output is untrusted; input and answer are the
    package's own."""

    def check(self, input: bytes, output: bytes, answer: bytes) -> CheckResult:
        """AC or WA, or JE where the answer itself can't be used. Never raises."""
