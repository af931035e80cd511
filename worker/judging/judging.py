"""One judging, test by test: compile, run each test in a fresh jail, check, make the verdict.

`judge` yields events and stores nothing; its caller records, prints or asserts them. The answers
stay in this process: a jail gets one test's input and returns data. Internal errors (SandboxError,
TestDataError) are raised and never turned into a verdict, so that the judging can go back to the
queue.
"""

from collections.abc import Generator, Iterator
from contextlib import closing
from dataclasses import dataclass, field, replace

from judge.differences import Difference, Reason
from judge.errors import InvalidError
from judge.grading import (
    Group,
    Outcome,
    all_tests,
    group_outcome,
    is_full,
    not_judged,
    outcome_of_test,
    tests_with_groups,
)
from judge.job import JudgeJob, Kind, TestCase
from judge.limits import Usage
from judge.result import JudgingResult, TestResult
from judge.verdict import Verdict
from worker.checkers import CheckerError
from worker.judging.ahead import NoSpareCores, SpareCores, TestsAhead
from worker.judging.answering import read_submission
from worker.judging.attempts import TestJudge
from worker.judging.outcomes import output_of, verdict_of
from worker.judging.test_data import TestData
from worker.judging.time_budget import budget_of
from worker.judging.trials import Reference, make_protocol, make_runner
from worker.judging.validators import ValidatorError
from worker.sandbox.base import Sandbox
from worker.sandbox.stay import Stay

__all__ = [
    "Compiling",
    "JudgeEvent",
    "Judged",
    "TestDone",
    "judge",
    "output_of",
    "verdict_of",
]


_SAME_FOR_ALL = frozenset({Reason.ENTRY_MISSING, Reason.ENTRY_OTHER_SORT, Reason.READS_INPUT})


@dataclass(frozen=True, slots=True)
class Compiling:
    """The source is being compiled, or its syntax checked."""


@dataclass(frozen=True, slots=True)
class TestDone:
    """Test `index` (from 1) of `total` is judged; fewer than `total` may come.

    `output` is a wrong answer (WA), for `worker.judging.diagnosis`; it is never recorded.
    """

    __test__ = False

    index: int
    total: int
    result: TestResult
    output: bytes | None = None


@dataclass(frozen=True, slots=True)
class Judged:
    """The last event."""

    result: JudgingResult


JudgeEvent = Compiling | TestDone | Judged


def judge(
    job: JudgeJob,
    sandbox: Sandbox,
    data: TestData,
    cores: SpareCores | None = None,
    *,
    every_test: bool = False,
) -> Generator[JudgeEvent, None, None]:
    """Judge `job`, samples first. Tests run side by side on spare `cores`; the events are the same
    as without.

    A stdio problem stops at its first failing test; the other kinds go on, unless a time or memory
    limit is exceeded, or the submission can't be imported or doesn't define the requested name. All
    runs together have a limit on wall time, too (`worker.judging.time_budget`). With `every_test`
    none of these ends the judging, but a judge's error does, because it would repeat in each test
    and may take long. A problem with scores follows its groups' rules; with `every_test` the tests
    that these leave out run at the end, and change neither verdict nor score. Raises SandboxError
    and TestDataError: then there is no verdict, and the judging may be tried again.

    A caller that doesn't take all events must close the iterator, which ends all runs.
    """
    yield Compiling()
    stay = Stay()
    try:
        if job.kind is Kind.QUIZ:
            protocol, made = read_submission(job, sandbox, data)
        else:
            protocol = make_protocol(job, sandbox, stay)
            made = make_runner(job, job.source, job.support, sandbox)
    except (CheckerError, InvalidError) as error:
        yield Judged(_not_judged(Reason.PACKAGE_BROKEN, str(error)))
        return
    except ValidatorError as error:
        yield Judged(_not_judged(Reason.CHECKER_BROKEN, str(error)))
        return
    if made.runner is None:
        yield Judged(
            JudgingResult(Verdict.CE, Usage(), 0.0, made.output, difference=made.difference)
        )
        return
    compile_output, runner = made.output, made.runner
    # With `every_test` all tests together have no limit on wall time.
    if not every_test:
        runner = replace(runner, budget=budget_of(job, runner.limits))
    tests = _ordered(job)
    tests_judge = TestJudge(job, data, protocol, runner, Reference(job, sandbox))
    # A quiz has nothing to run.
    spare = NoSpareCores() if cores is None or job.kind is Kind.QUIZ else cores
    with closing(stay), TestsAhead(tests_judge, tests, spare) as ahead:
        sequence = _TestSequence(job, tests_judge, ahead)
        if job.grading is None:
            yield from sequence.in_order(tests, every_test)
            judged = _overall(sequence, compile_output)
        else:
            outcome = yield from sequence.by_groups(job.grading)
            judged = _graded(job.grading, outcome, sequence, compile_output)
            # Verdict and score are those of the groups' rules. These tests only show more.
            if every_test:
                yield from sequence.left_out(job.grading)
        ahead.end()
        # Report the verdict without waiting for the end of runs that were tried ahead.
        yield Judged(judged)


def _ordered(job: JudgeJob) -> list[TestCase]:
    """Return the tests in the order in which they are judged if none of them ends the judging."""
    if job.grading is None:
        # A stable sort: samples first, both parts in their own order.
        return sorted(job.tests, key=lambda test: not test.sample)
    tests = {test.name: test for test in job.tests}
    return [tests[name] for name in all_tests(job.grading) if name in tests]


@dataclass(slots=True)
class _TestSequence:
    """Judges the tests in order and decides when to stop; `results` are those so far."""

    job: JudgeJob
    judge: TestJudge
    ahead: TestsAhead
    results: list[TestResult] = field(default_factory=list)
    passed: dict[str, bool] = field(default_factory=dict)

    def in_order(self, tests: list[TestCase], every_test: bool) -> Iterator[TestDone]:
        """Judge tests without scores, until a failure stops the judging or the tests end."""
        for test in tests:
            yield self._judge(test, None)
            last = self.results[-1]
            if last.verdict is Verdict.JE or (not every_test and _stops(self.job.kind, last)):
                break

    def by_groups(self, group: Group) -> Generator[TestDone, None, Outcome]:
        """Judge a group, and the groups in it, by their own rules; return its outcome."""
        if not all(self.passed.get(name, False) for name in group.requires):
            return not_judged(group)
        tests = {test.name: test for test in self.job.tests}
        outcomes: list[Outcome] = []
        stopped = False
        for member in group.members():
            if isinstance(member, Group):
                outcomes.append((yield from self.by_groups(member)))
            elif member not in tests:
                continue
            else:
                yield self._judge(tests[member], group)
                outcomes.append(outcome_of_test(group, self.results[-1]))
            stopped = group.ends(outcomes[-1])
            if stopped:
                break
        outcome = group_outcome(group, outcomes, complete=not stopped)
        self.passed[group.name] = outcome.passed
        return outcome

    def left_out(self, root: Group) -> Iterator[TestDone]:
        """Judge the tests that the groups' rules left out, until one shows a judge's error."""
        tests = {test.name: test for test in self.job.tests}
        done = {result.name for result in self.results}
        for name, group in tests_with_groups(root):
            if any(result.verdict is Verdict.JE for result in self.results):
                return
            if name in tests and name not in done:
                yield self._judge(tests[name], group)

    def is_overtime(self) -> bool:
        """Whether all tests together took too long; False after a judge's error."""
        failed_by_us = any(result.verdict is Verdict.JE for result in self.results)
        return self.judge.runner.budget.exceeded and not failed_by_us

    def not_run(self) -> int:
        """How many tests were not run."""
        why = [one.difference.reason for one in self.results if one.difference]
        return len(self.job.tests) - len(self.results) + why.count(Reason.NOT_RUN)

    def _judge(self, test: TestCase, group: Group | None) -> TestDone:
        output: bytes | None = None
        if self.judge.runner.budget.is_spent:
            result = self.judge.left_out(test)
        else:
            result, output = self.judge.result_of(test, self.ahead.attempt(test), group)
        self.results.append(result)
        return TestDone(len(self.results), len(self.job.tests), result, output)


def _stops(kind: Kind, last: TestResult) -> bool:
    if kind is Kind.STDIO:
        return last.verdict is not Verdict.AC
    # A submission that can't be imported, or lacks the name, fails each test in the same way.
    difference = last.difference or Difference(Reason.WRONG_ANSWER)
    same_for_all = difference.reason in _SAME_FOR_ALL or difference.values.get("at_import")
    return last.verdict in {Verdict.TLE, Verdict.MLE} or bool(same_for_all)


def _greatest_use(results: list[TestResult]) -> Usage:
    return Usage(
        max((result.usage.cpu_s for result in results), default=0.0),
        max((result.usage.wall_s for result in results), default=0.0),
        max((result.usage.memory_bytes for result in results), default=0),
    )


def _overtime(sequence: _TestSequence, score: float, compile_output: str) -> JudgingResult:
    """Return TLE for a submission whose tests together took too long, whatever failed before."""
    budget, not_run = sequence.judge.runner.budget, sequence.not_run()
    facts = {"limit_s": budget.total_s} | ({"not_run": not_run} if not_run else {})
    why = Difference(Reason.TIME_BUDGET, facts)
    usage = _greatest_use(sequence.results)
    return JudgingResult(Verdict.TLE, usage, score, compile_output, why)


def _overall(sequence: _TestSequence, compile_output: str) -> JudgingResult:
    results = sequence.results
    if sequence.is_overtime():
        return _overtime(sequence, 0.0, compile_output)
    usage = _greatest_use(results)
    failed = next((result for result in results if result.verdict is not Verdict.AC), None)
    if failed is None:
        return JudgingResult(Verdict.AC, usage, 100.0, compile_output)
    return JudgingResult(
        failed.verdict, usage, 0.0, compile_output, _said_of(failed), detail=failed.detail
    )


def _graded(
    grading: Group, outcome: Outcome, sequence: _TestSequence, compile_output: str
) -> JudgingResult:
    """Return the result of a problem with scores. Partial points aren't AC: the verdict is then the
    first failing test's."""
    results = sequence.results
    if sequence.is_overtime():
        return _overtime(sequence, outcome.score, compile_output)
    usage = _greatest_use(results)
    failed = next((result for result in results if result.verdict is not Verdict.AC), None)
    accepted = outcome.verdict is Verdict.AC
    if accepted and (failed is None or is_full(grading, outcome.score)):
        return JudgingResult(Verdict.AC, usage, outcome.score, compile_output)
    # No test failed, but the groups reject: a score is above the maximum.
    if failed is None:
        said = Difference(Reason.SCORES_CONTRADICT)
        detail = f"the score {outcome.score:g} is above the maximum score"
        return JudgingResult(Verdict.JE, usage, 0.0, compile_output, said, detail=detail)
    verdict = failed.verdict if accepted else outcome.verdict
    # By the groups' rules the verdict may be that of a later failing test.
    failed = next((result for result in results if result.verdict is verdict), failed)
    return JudgingResult(
        verdict, usage, outcome.score, compile_output, _said_of(failed), detail=failed.detail
    )


def _said_of(failed: TestResult) -> Difference:
    difference = failed.difference or Difference(Reason.WRONG_ANSWER)
    return difference.of_test(failed.name)


def _not_judged(reason: Reason, detail: str) -> JudgingResult:
    return JudgingResult(Verdict.JE, Usage(), 0.0, difference=Difference(reason), detail=detail)
