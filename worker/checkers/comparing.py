"""How alike two submissions' wrong answers are: what `worker.judging.diagnosis` decides by.

Plain functions of outputs and answers, so that they can run where they can be stopped (see
`worker.checkers.process`).
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import zip_longest

from judge.verdict import Verdict
from worker.checkers.base import Checker
from worker.checkers.tokens import LONGEST_NUMBER

_ENOUGH_OUTPUTS = 2
_TELLING_DIGITS = 4
_FACT = re.compile(rb"^value (\S++) (true|false)\n?", re.MULTILINE)
_NUMBER = re.compile(rb"[+-]?([0-9]*+)\.?([0-9]*+)(?:[eE][+-]?[0-9]++)?")


@dataclass(frozen=True, slots=True)
class WrongAnswers:
    """One submission's: `outputs` by test, of the `failed` tests those that are wrong answers and
    were kept. `drawn`: chance decides some of what it does."""

    outputs: Mapping[str, bytes]
    failed: int
    drawn: bool = False


def agreements(
    checker: Checker,
    ours: WrongAnswers,
    others: Sequence[WrongAnswers],
    answers: Mapping[str, bytes],
    ran: int,
) -> list[int]:
    """How many of our wrong answers each of the others has too; 0 where it has another one, or
    where that says nothing: too few agree, or ours are one constant on most of the `ran` tests."""
    if not _is_telling(ours, answers, ran):
        return [0] * len(others)
    counts = []
    for other in others:
        both = [test for test in ours.outputs if test in other.outputs]
        # One that differs is enough: it is another mistake.
        alike = all(same(checker, ours.outputs[test], other.outputs[test]) for test in both)
        tells = alike and (
            len(both) >= _ENOUGH_OUTPUTS
            or any(_is_distinctive(ours.outputs[test], answers[test]) for test in both)
        )
        counts.append(len(both) if tells else 0)
    return counts


def wrong_facts(
    checker: Checker, wrong: WrongAnswers, answers: Mapping[str, bytes]
) -> frozenset[str] | None:
    """The names of the facts that it gets wrong, or None where more than facts is wrong."""
    # Chance decides some of it, or an answer was too long to keep: not all that is wrong is known.
    if wrong.drawn or len(wrong.outputs) < wrong.failed:
        return None
    names: set[bytes] = set()
    for test, output in wrong.outputs.items():
        got, got_rest = _facts_and_rest(output)
        right, right_rest = _facts_and_rest(answers[test])
        # Something else is wrong as well, and says more than facts do.
        if got.keys() != right.keys() or not same(checker, got_rest, right_rest):
            return None
        names |= {name for name, word in got.items() if word != right[name]}
    return frozenset(name.decode("latin-1") for name in names)


def same(checker: Checker, ours: bytes, theirs: bytes) -> bool:
    """Whether two outputs are the same, as the problem's checker understands it."""
    return ours == theirs or checker.check(b"", ours, theirs).verdict is Verdict.AC


def _is_telling(ours: WrongAnswers, answers: Mapping[str, bytes], ran: int) -> bool:
    """False for one constant, of no interest, in place of most answers."""
    if len({output.strip() for output in ours.outputs.values()}) != 1:
        return True
    if any(_is_distinctive(output, answers[test]) for test, output in ours.outputs.items()):
        return True
    # On half of the tests or fewer, a constant may be the mistake itself.
    return 2 * ours.failed <= ran


def _is_distinctive(output: bytes, answer: bytes) -> bool:
    """Whether what is wrong in this answer has a number in it that isn't hit by chance."""
    pairs = zip_longest(output.split(), answer.split())
    wrong = {mine for mine, theirs in pairs if mine and mine != theirs}
    return any(_digits(token) >= _TELLING_DIGITS for token in wrong)


def _facts_and_rest(text: bytes) -> tuple[dict[bytes, bytes], bytes]:
    """The yes-or-no facts (`value NAME true`) by name, and the other lines."""
    facts = {match[1]: match[2] for match in _FACT.finditer(text)}
    return facts, _FACT.sub(b"", text)


def _digits(token: bytes) -> int:
    """How many significant digits a number has; 0 for what is no number."""
    match = _NUMBER.fullmatch(token) if len(token) <= LONGEST_NUMBER else None
    if not match:
        return 0
    # Zeros in front and at the end are no significant digits.
    return len((match[1] + match[2]).strip(b"0"))
