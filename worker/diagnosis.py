"""Which known mistake is it? A submission that fails as one of the package's mutants fails is
told that mutant's line.

A false attribution is worse than none, so all of this must hold:

- It fails the same tests with the same verdicts, of those that it ran.
- Its wrong answers equal the mutant's, by the problem's own checker: tokens for arrays, within
  the tolerance for tensors. Every one that was kept of both is compared, and none may differ.
- That is no accident: two wrong answers agree, or one with a number in it that nobody hits by
  chance. A constant of the kind of 0 or 1 that fails most tests (an empty template) is no mistake
  worth a name.
- No other mutant does as well, unless the package has the same line for it.

The jail knows nothing of this: it gives back outputs, and everything is compared here.
"""

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import zip_longest

from judge.job import JudgeJob
from judge.limits import MIB
from judge.mutants import Failure, Mutant
from judge.verdict import Verdict
from worker.checkers import Checker, checker_for
from worker.judging import TestDone
from worker.test_data import TestData

MAX_OUTPUT_BYTES = 64 << 10
MAX_OUTPUTS_BYTES = MIB // 2
"""What is kept of one submission's wrong answers: an answer, and all of them."""

_ENOUGH_OUTPUTS = 2
_TELLING_DIGITS = 4
_NUMBER = re.compile(rb"[+-]?([0-9]*)\.?([0-9]*)(?:[eE][+-]?[0-9]+)?")


@dataclass(slots=True)
class Observer:
    """Sees a judging's tests go by and keeps how they failed, within bounds."""

    ran: list[str] = field(default_factory=list)
    _verdicts: dict[str, Verdict] = field(default_factory=dict)
    _outputs: dict[str, bytes] = field(default_factory=dict)
    _bytes: int = 0

    def see(self, done: TestDone) -> None:
        """One more test is judged."""
        name, verdict = done.result.name, done.result.verdict
        self.ran.append(name)
        if verdict is Verdict.AC:
            return
        self._verdicts[name] = verdict
        size = MAX_OUTPUT_BYTES + 1 if done.output is None else len(done.output)
        if size <= MAX_OUTPUT_BYTES and self._bytes + size <= MAX_OUTPUTS_BYTES:
            self._outputs[name] = done.output or b""
            self._bytes += size

    def failure(self) -> Failure:
        """How it failed so far."""
        return Failure(dict(self._verdicts), dict(self._outputs))


@dataclass(frozen=True, slots=True)
class Diagnosis:
    """Compares one submission's failure with the known ones. `answers` are the right ones."""

    failure: Failure
    ran: Sequence[str]
    checker: Checker
    answers: Mapping[str, bytes]

    def fits(self, verdicts: Mapping[str, Verdict]) -> bool:
        """Whether somebody who fails so on all tests would have failed as this one did."""
        ran = {test: verdicts[test] for test in self.ran if test in verdicts}
        return bool(self.failure.outputs) and ran == self.failure.verdicts

    def line(self, mutants: Iterable[Mutant]) -> Mapping[str, str]:
        """What to say, by language tag; empty when there is nothing to say for sure."""
        if not self._is_telling():
            return {}
        agreeing = [(self._agreement(mutant), mutant) for mutant in mutants]
        most = max((count for count, _ in agreeing), default=0)
        if most == 0:
            return {}
        lines = [dict(mutant.line) for count, mutant in agreeing if count == most]
        return lines[0] if all(line == lines[0] for line in lines) else {}

    def _agreement(self, mutant: Mutant) -> int:
        """How many wrong answers are the mutant's; 0 when it is another mistake, or too few."""
        if not self.fits(mutant.failure.verdicts):
            return 0
        theirs, ours = mutant.failure.outputs, self.failure.outputs
        both = [test for test in ours if test in theirs]
        if not all(self._same(ours[test], theirs[test]) for test in both):
            return 0
        enough = len(both) >= _ENOUGH_OUTPUTS or any(map(self._is_distinctive, both))
        return len(both) if enough else 0

    def _same(self, ours: bytes, theirs: bytes) -> bool:
        if ours == theirs:
            return True
        return self.checker.check(b"", ours, theirs).verdict is Verdict.AC

    def _is_telling(self) -> bool:
        """False for one constant, of no interest, in place of most answers."""
        outputs = {output.strip() for output in self.failure.outputs.values()}
        constant = len(outputs) == 1 and not any(map(self._is_distinctive, self.failure.outputs))
        return not (constant and 2 * len(self.failure.verdicts) > len(self.ran))

    def _is_distinctive(self, test: str) -> bool:
        """Whether what is wrong in this answer has a number in it that isn't hit by chance."""
        ours, right = self.failure.outputs[test].split(), self.answers.get(test, b"").split()
        wrong = {mine for mine, theirs in zip_longest(ours, right) if mine and mine != theirs}
        return any(_digits(token) >= _TELLING_DIGITS for token in wrong)


def diagnose(
    job: JudgeJob,
    observer: Observer,
    data: TestData,
    known: Callable[[Callable[[Mapping[str, Verdict]], bool]], Iterable[Mutant]],
) -> Mapping[str, str]:
    """The line for a judging that `observer` has seen; empty when there is none.

    `known` looks for mistakes whose failing tests fit (`judge.mutants.known`); it is asked only
    about a submission with a wrong answer. Raises what it and `data` raise.
    """
    failure = observer.failure()
    if not failure.outputs:
        return {}
    answers = {
        test.name: data.fetch(test.answer)
        for test in job.tests
        if test.answer is not None and test.name in failure.outputs
    }
    diagnosis = Diagnosis(failure, tuple(observer.ran), checker_for(job.checker), answers)
    return diagnosis.line(known(diagnosis.fits))


def _digits(token: bytes) -> int:
    """How many significant digits a number has; 0 for what is no number."""
    match = _NUMBER.fullmatch(token)
    if not match:
        return 0
    return len((match[1] + match[2]).strip(b"0"))
