"""Checkers: (input, output, answer) -> CheckResult. They don't know how the output was made.

`exact`, `quiz`, `tensors`, `tokens` and `custom` are checkers. `process` runs them, `distribution`
is a part of `tensors`, and `comparing` and `rounding` compare wrong answers with each other for the
diagnosis of known mistakes.
"""

from collections.abc import Callable

from judge.job import CheckerSpec
from worker.checkers.base import Checker, CheckerError
from worker.checkers.exact import Exact
from worker.checkers.quiz import Quiz
from worker.checkers.tensors import Tensors
from worker.checkers.tokens import Tokens

__all__ = ["MAKERS", "Checker", "CheckerError", "checker_for", "comparer_for"]

MAKERS: dict[str, Callable[[tuple[str, ...]], Checker]] = {
    "exact": Exact.from_arguments,
    "quiz": Quiz.from_arguments,
    "tensors": Tensors.from_arguments,
    "tokens": Tokens.from_arguments,
}


def checker_for(spec: CheckerSpec) -> Checker:
    """Return the checker that a package asks for; CheckerError for an unknown name or flag."""
    maker = MAKERS.get(spec.name)
    if maker is None:
        known = ", ".join(sorted(MAKERS))
        raise CheckerError(f"unknown checker {spec.name!r}: there are {known}")
    return maker(spec.arguments)


def comparer_for(spec: CheckerSpec) -> Checker:
    """Return the checker that compares two outputs with each other: the problem's own. For a
    package's own validator, which can't compare two outputs, it is `tokens`."""
    return Tokens() if spec.name == "custom" else checker_for(spec)
