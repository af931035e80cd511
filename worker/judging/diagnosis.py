"""Which known mistake is it? A submission that fails as one of the package's mutants fails is
told that mutant's line.

A false attribution is worse than none, so all of this must hold:

- It fails the same tests with the same verdicts, of those that it ran. Where chance decides what
  the mutant does (dropout, an own start), its verdict is one of those that the mutant got.
- Its wrong answers equal the mutant's, by the problem's own checker: tokens for arrays, within
  the tolerance for tensors. Every one that was kept of both is compared, and none may differ.
- That is no accident: two wrong answers agree, or one with a number in it that nobody hits by
  chance. One constant of no interest in place of most answers (an empty template) is no mistake
  worth a name.
- No other mutant does as well, unless the package has the same line for it.
- Where nothing is wrong but facts of the kind `value NAME false`, which say little: no mutant
  that gets the same facts wrong or some of them, in whichever tests, has another line.

What is off by float32's rounding equals no mutant's answers that were recorded on another
processor. Where it fails as a mutant does, and is as far off in the same tensors
(`worker.checkers.rounding`), it is told that float32 is the mistake, and not where: that would be a
guess, since float32 in another place leaves the same traces.

The jail knows nothing of this: it gives back outputs, and everything is compared here.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace

from judge.bounded_cache import BoundedCache
from judge.differences import Difference, Reason
from judge.job import CheckerSpec, JudgeJob
from judge.mistakes.failures import Failure, Mutant
from judge.verdict import Verdict
from judge.wording import wordings
from worker.checkers.comparing import WrongAnswers
from worker.checkers.tensors import without_chance
from worker.judging.checking import (
    CheckTooLongError,
    agreements,
    roundings,
    same,
    wrong_facts,
)
from worker.judging.judging import TestDone
from worker.judging.test_data import TestData

MAX_OUTPUT_BYTES = 192 << 10
MAX_OUTPUTS_BYTES = 8 * MAX_OUTPUT_BYTES
"""The most bytes kept of one submission's wrong answers: of each, and of all together."""

MOST_JUDGINGS = 6
"""How often a submission that draws random numbers is judged, so that tests are found whose
result rarely differs."""

Known = Callable[[Callable[[Failure], bool]], Iterable[Mutant]]
"""Looks for the known mistakes that fit by their verdicts; see `judge.mistakes.mutants.known`."""


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
        # Without an output there is nothing to keep.
        size = MAX_OUTPUT_BYTES + 1 if done.output is None else len(done.output)
        if size <= MAX_OUTPUT_BYTES and self._bytes + size <= MAX_OUTPUTS_BYTES:
            self._outputs[name] = done.output or b""
            self._bytes += size

    def failure(self) -> Failure:
        """The tests that failed so far, with the wrong answers that were kept."""
        return Failure(dict(self._verdicts), dict(self._outputs))


def settled(job: JudgeJob, failure: Failure, judge: Callable[[JudgeJob], Failure]) -> Failure:
    """`failure` of `job`, with what chance decides in it told apart: that is no sign of anything.

    `judge` judges a job once more, every test. First it is asked only for the tests whose outputs
    are kept; if any of these comes out otherwise, several times for all of them.
    """
    checker = job.checker
    kept = tuple(test for test in job.tests if test.name in failure.outputs)
    second = judge(replace(job, grading=None, tests=kept)) if kept else failure
    if not any(_differs(checker, test, failure, second) for test in failure.outputs):
        return failure
    # Two of them are done already.
    others = [judge(replace(job, grading=None)) for _ in range(MOST_JUDGINGS - 2)]
    drawn: dict[str, frozenset[Verdict]] = {}
    for test in (each.name for each in job.tests):
        # The second judging ran only the tests whose outputs are kept.
        seen = [failure, *others] + [second] * (test in failure.outputs)
        if any(_differs(checker, test, failure, one) for one in seen):
            drawn[test] = frozenset(one.verdicts.get(test, Verdict.AC) for one in seen)
    return Failure(
        {test: verdict for test, verdict in failure.verdicts.items() if test not in drawn},
        {test: output for test, output in failure.outputs.items() if test not in drawn},
        drawn,
    )


def _differs(checker: CheckerSpec, test: str, one: Failure, other: Failure) -> bool:
    if one.verdicts.get(test) != other.verdicts.get(test):
        return True
    ours, theirs = one.outputs.get(test), other.outputs.get(test)
    return ours is not None and theirs is not None and not same(checker, ours, theirs)


@dataclass(frozen=True, slots=True)
class Diagnosis:
    """Compares one submission's failure, on the tests that it `ran`, with the known ones.

    `answer` gives the right answer of a test.
    """

    failure: Failure
    ran: Sequence[str]
    checker: CheckerSpec
    answer: Callable[[str], bytes]

    def fits(self, known: Failure) -> bool:
        """Whether somebody who fails so on all tests would have failed as this one did."""
        if not self.failure.outputs:
            return False
        for test in self.ran:
            likely = known.drawn.get(test, {known.verdicts.get(test, Verdict.AC)})
            if self.failure.verdicts.get(test, Verdict.AC) not in likely:
                return False
        return True

    def line(self, known: Known) -> Mapping[str, str]:
        """The line to tell, by language tag; empty when no known mistake fits for sure."""
        fitting = list(known(self.fits)) if self.failure.outputs else []
        try:
            found: list[Mutant] = []
            if fitting:
                ours, others = _wrong(self.failure), [_wrong(one.failure) for one in fitting]
                answers = self._answers([self.failure])
                counts = agreements(self.checker, ours, others, answers, len(self.ran))
                most = max(counts)
                pairs = zip(fitting, counts, strict=True)
                found = [one for one, count in pairs if count == most > 0]
                if not found and any(roundings(self.checker, ours, others, answers)):
                    return wordings(Difference(Reason.FLOAT32_INSIDE))
            facts = self._facts([self.failure])[0] if found else None
            if facts is not None:
                # Facts alone say little: every mutant is looked at, whichever tests it fails.
                every = list(known(lambda _: True))
                theirs = self._facts([mutant.failure for mutant in every])
                found += [
                    one
                    for one, names in zip(every, theirs, strict=True)
                    if names is not None and names <= facts
                ]
        except CheckTooLongError:
            return {}
        # Where they have several lines, none of them is sure.
        lines = [dict(mutant.line) for mutant in found]
        return lines[0] if lines and all(line == lines[0] for line in lines) else {}

    def _facts(self, failures: Sequence[Failure]) -> list[frozenset[str] | None]:
        return wrong_facts(self.checker, list(map(_wrong, failures)), self._answers(failures))

    def _answers(self, failures: Sequence[Failure]) -> dict[str, bytes]:
        tests = {test for failure in failures for test in failure.outputs}
        answers = {}
        for test in sorted(tests):
            answer = self.answer(test)
            answers[test] = _masked(answer) if self.checker.name == "tensors" else answer
        return answers


def _masked(answer: bytes) -> bytes:
    """A right answer without what chance decides, as wrong outputs are kept."""
    if (kept := _MASKED.get(answer)) is not None:
        return kept
    masked = without_chance(answer, answer)
    _MASKED.put(answer, answer if masked is None else masked)
    return answer if masked is None else masked


# All who fail a test ask for the same one.
_MASKED: BoundedCache[bytes, bytes] = BoundedCache(16 << 20, len)


def _wrong(failure: Failure) -> WrongAnswers:
    return WrongAnswers(failure.outputs, len(failure.verdicts), drawn=bool(failure.drawn))


def diagnose(job: JudgeJob, observer: Observer, data: TestData, known: Known) -> Mapping[str, str]:
    """The line for a judging that `observer` has seen; empty when there is none.

    `known` is asked only about a submission with a wrong answer. Raises what it and `data` raise.
    """
    answers = {test.name: test.answer for test in job.tests}

    def answer(test: str) -> bytes:
        ref = answers.get(test)
        return data.fetch(ref) if ref else b""

    return Diagnosis(observer.failure(), tuple(observer.ran), job.checker, answer).line(known)
