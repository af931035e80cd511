"""Compares the wrong answers of two submissions, for `worker.judging.diagnosis`.

These are plain functions of outputs and answers, so that they can run in a process that can be
stopped (see `worker.checkers.process`).
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
    """One submission's wrong answers: `outputs` by test, as far as they were kept. `failed` is the
    number of all tests that it failed. `drawn`: some of its results are random."""

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
    """Return how many of our wrong answers each of the others has too. It is 0 if another one
    differs, or if the match means nothing: too few agree, or ours are one constant on most of the
    `ran` tests."""
    if not _is_telling(ours, answers, ran):
        return [0] * len(others)
    counts = []
    for other in others:
        both = [test for test in ours.outputs if test in other.outputs]
        # If a single answer differs, it is another mistake.
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
    """Return the names of the facts that are wrong, or None if more than facts is wrong."""
    # Some results are random, or an answer was too long to keep: not every error is known.
    if wrong.drawn or len(wrong.outputs) < wrong.failed:
        return None
    names: set[bytes] = set()
    for test, output in wrong.outputs.items():
        got, got_rest = _facts_and_rest(output)
        right, right_rest = _facts_and_rest(answers[test])
        # Another part is wrong as well, which says more than facts do.
        if got.keys() != right.keys() or not same(checker, got_rest, right_rest):
            return None
        names |= {name for name, word in got.items() if word != right[name]}
    return frozenset(name.decode("latin-1") for name in names)


def same(checker: Checker, ours: bytes, theirs: bytes) -> bool:
    """Whether two outputs are the same for the problem's checker."""
    return ours == theirs or checker.check(b"", ours, theirs).verdict is Verdict.AC


def _is_telling(ours: WrongAnswers, answers: Mapping[str, bytes], ran: int) -> bool:
    """Whether our wrong answers tell anything: not if most are the same uninteresting constant."""
    if len({output.strip() for output in ours.outputs.values()}) != 1:
        return True
    if any(_is_distinctive(output, answers[test]) for test, output in ours.outputs.items()):
        return True
    # On half of the tests or fewer, a constant may be the mistake itself.
    return 2 * ours.failed <= ran


def _is_distinctive(output: bytes, answer: bytes) -> bool:
    """Whether the wrong tokens of an output contain a number that is unlikely by chance."""
    pairs = zip_longest(output.split(), answer.split())
    wrong = {mine for mine, theirs in pairs if mine and mine != theirs}
    return any(_digits(token) >= _TELLING_DIGITS for token in wrong)


def _facts_and_rest(text: bytes) -> tuple[dict[bytes, bytes], bytes]:
    """Return the true-or-false facts (`value NAME true`) by name, and the other lines."""
    facts = {match[1]: match[2] for match in _FACT.finditer(text)}
    return facts, _FACT.sub(b"", text)


def _digits(token: bytes) -> int:
    """Return how many significant digits a number has; 0 for other tokens."""
    match = _NUMBER.fullmatch(token) if len(token) <= LONGEST_NUMBER else None
    if not match:
        return 0
    # Leading and trailing zeros are not significant.
    return len((match[1] + match[2]).strip(b"0"))
