"""Finds a submission's known mistake: if it fails like one of the package's mutants, the user gets
that mutant's line.

A wrong attribution is worse than none, so all of these conditions must hold:

- Among the tests that it ran, it fails the same tests as the mutant, with the same verdicts. If a
  mutant's result is random (dropout, its own initial weights), the submission's verdict must be one
  of those that the mutant got.
- Its wrong answers equal the mutant's, by the problem's own checker: tokens for arrays, within the
  tolerance for tensors. All wrong answers that were kept of both are compared; none may differ.
- The match is no coincidence: two wrong answers agree, or one that contains a number which is
  unlikely by chance. An uninteresting constant in most answers (an empty template) is no mistake
  worth a line.
- No other mutant fits equally well, unless the package has the same line for it.
- If only facts of the form `value NAME false` are wrong, which say little: no mutant that gets the
  same facts wrong, or some of them, in any tests, has another line.

An answer with float32's rounding errors doesn't equal a mutant's answers, if these were recorded on
another processor. If a submission fails like such a mutant, with errors of the same size in the
same tensors (`worker.checkers.rounding`), the user is told that float32 is the mistake, but not
where: float32 in another place has the same effects.

The jail knows nothing of this: it returns outputs, and everything is compared here.
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
"""The maximum bytes kept of one submission's wrong answers: of each, and of all together."""

MOST_JUDGINGS = 12
"""How often a submission that draws random numbers is judged, to find also those tests whose
results rarely differ. What differs in a quarter of the judgings goes unnoticed in one case of
thirty; in six judgings it would in one of six."""

Known = Callable[[Callable[[Failure], bool]], Iterable[Mutant]]
"""Returns the known mistakes whose failures fit; see `judge.mistakes.mutants.known`."""


@dataclass(slots=True)
class Observer:
    """Collects how a judging's tests fail, within a limit on memory."""

    ran: list[str] = field(default_factory=list)
    _verdicts: dict[str, Verdict] = field(default_factory=dict)
    _outputs: dict[str, bytes] = field(default_factory=dict)
    _bytes: int = 0

    def see(self, done: TestDone) -> None:
        """Note the result of one more test."""
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
        """Return the tests that failed so far, with the kept wrong answers."""
        return Failure(dict(self._verdicts), dict(self._outputs))


def settled(job: JudgeJob, failure: Failure, judge: Callable[[JudgeJob], Failure]) -> Failure:
    """Return the `failure` of `job` with its random results separated, which identify no mistake.

    `judge` judges all tests of a job again. First it gets only the tests whose outputs are kept; if
    any of these has another result, it judges all tests several times.
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
    """Compares one submission's failure, on the tests that it `ran`, with known failures.

    `answer` returns the correct answer of a test.
    """

    failure: Failure
    ran: Sequence[str]
    checker: CheckerSpec
    answer: Callable[[str], bytes]

    def fits(self, known: Failure) -> bool:
        """Whether a mutant with this failure gets the submission's verdicts on the tests it ran."""
        if not self.failure.outputs:
            return False
        for test in self.ran:
            likely = known.drawn.get(test, {known.verdicts.get(test, Verdict.AC)})
            if self.failure.verdicts.get(test, Verdict.AC) not in likely:
                return False
        return True

    def line(self, known: Known) -> Mapping[str, str]:
        """Return the line for the user, by language tag; empty if no known mistake surely fits."""
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
                # Facts alone say little, so compare every mutant, whichever tests it fails.
                every = list(known(lambda _: True))
                theirs = self._facts([mutant.failure for mutant in every])
                found += [
                    one
                    for one, names in zip(every, theirs, strict=True)
                    if names is not None and names <= facts
                ]
        except CheckTooLongError:
            return {}
        # If the fitting mutants have different lines, none of them is certain.
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
    """Return a correct answer without its random parts, like the kept wrong outputs."""
    if (kept := _MASKED.get(answer)) is not None:
        return kept
    masked = without_chance(answer, answer)
    _MASKED.put(answer, answer if masked is None else masked)
    return answer if masked is None else masked


# All submissions that fail a test need the same masked answer.
_MASKED: BoundedCache[bytes, bytes] = BoundedCache(16 << 20, len)


def _wrong(failure: Failure) -> WrongAnswers:
    return WrongAnswers(failure.outputs, len(failure.verdicts), drawn=bool(failure.drawn))


def diagnose(job: JudgeJob, observer: Observer, data: TestData, known: Known) -> Mapping[str, str]:
    """Return the line for a judging that `observer` has seen; empty if there is none.

    `known` is called only for a submission with a wrong answer. Raises the errors of `known` and
    `data`.
    """
    answers = {test.name: test.answer for test in job.tests}

    def answer(test: str) -> bytes:
        ref = answers.get(test)
        return data.fetch(ref) if ref else b""

    return Diagnosis(observer.failure(), tuple(observer.ran), job.checker, answer).line(known)
