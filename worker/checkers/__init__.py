"""Checkers: (input, output, answer) -> CheckResult. They know nothing of how the output came."""

from collections.abc import Callable

from judge.job import CheckerSpec
from worker.checkers.base import Checker, CheckerError
from worker.checkers.exact import Exact
from worker.checkers.quiz import Quiz
from worker.checkers.tensors import Tensors
from worker.checkers.tokens import Tokens

__all__ = ["Checker", "CheckerError", "checker_for", "comparer_for"]

_MAKERS: dict[str, Callable[[tuple[str, ...]], Checker]] = {
    "exact": Exact.from_arguments,
    "quiz": Quiz.from_arguments,
    "tensors": Tensors.from_arguments,
    "tokens": Tokens.from_arguments,
}


def checker_for(spec: CheckerSpec) -> Checker:
    """The checker that a package asks for; CheckerError names an unknown name or flag."""
    maker = _MAKERS.get(spec.name)
    if maker is None:
        known = ", ".join(sorted(_MAKERS))
        raise CheckerError(f"unknown checker {spec.name!r}: there are {known}")
    return maker(spec.arguments)


def comparer_for(spec: CheckerSpec) -> Checker:
    """How two outputs are told from each other: as the problem's checker does. Where that is the
    package's own validator, token by token: it can't be asked whether two answers are the same."""
    return Tokens() if spec.name == "custom" else checker_for(spec)
