"""The interface of every checker, and the only error that making one can raise."""

from typing import Protocol

from judge.errors import ShousiError
from judge.result import CheckResult


class CheckerError(ShousiError):
    """A package asks for a checker or a flag that does not exist."""


class Checker(Protocol):
    """Says whether an output is correct. The output is untrusted; input and answer are the
    package's own."""

    def check(self, input: bytes, output: bytes, answer: bytes) -> CheckResult:
        """Return AC or WA, or JE if the answer itself is unusable. Never raises."""
