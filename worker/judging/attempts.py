"""Makes one test's `TestResult`: tries the test, then describes the outcome."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from judge.differences import Difference, Reason
from judge.grading import Group, points_of, score_problem
from judge.job import JudgeJob, TestCase
from judge.limits import Usage
from judge.result import CheckResult, Ending, RunResult, TestResult
from judge.verdict import Verdict
from worker.judging.explanations import Explainer, Places, readable, told
from worker.judging.outcomes import verdict_of
from worker.judging.test_data import TestData
from worker.judging.trials import Reference, Runner, TestProtocol, Tried


@dataclass(frozen=True, slots=True)
class Attempt:
    """A test that was tried: its input, its answer or the check that replaces it, and the run;
    `tried` is None if nothing was run because that check is a judge's error."""

    input: bytes
    answer: bytes | CheckResult
    tried: Tried | None


@dataclass(frozen=True, slots=True)
class TestJudge:
    """Tries the tests of one judging, makes their results, and holds what the tests share.

    Several threads may try tests, in any order. Results are made in the tests' order, because a
    result's text may depend on earlier ones.
    """

    job: JudgeJob
    data: TestData
    protocol: TestProtocol
    runner: Runner
    reference: Reference
    places: Places = field(default_factory=Places)

    def attempt(self, test: TestCase, runner: Runner) -> Attempt:
        """Run and check one test; any thread may call it. `runner` is `self.runner`, maybe with
        another budget.

        Raises SandboxError, TestDataError, CheckingFailedError, RunStoppedError.
        """
        input = self.data.fetch(test.input)
        if test.answer is None:
            answer = self.reference.answer(input)
        else:
            answer = self.data.fetch(test.answer)
        if isinstance(answer, CheckResult) and answer.verdict is Verdict.JE:
            return Attempt(input, answer, None)
        files = {name: self.data.fetch(ref) for name, ref in test.files.items()}
        runner = runner.for_test(test, files)
        if isinstance(answer, CheckResult):
            run, output = runner.run_for_output(input)
            return Attempt(input, answer, Tried(run, output, None if output is None else answer))
        return Attempt(input, answer, self.protocol.try_out(runner, input, answer, test))

    def result_of(
        self, test: TestCase, attempt: Attempt, group: Group | None = None
    ) -> tuple[TestResult, bytes | None]:
        """Return the result of a test whose turn it is. It has the test's texts only for samples
        and the user's own input.

        `group` is the test's group in a problem with scores. The second value is the output if it
        is a wrong answer (without its random parts).
        """
        tried = attempt.tried
        if tried is None:
            assert isinstance(attempt.answer, CheckResult)
            return _without_run(test, attempt.input, attempt.answer), None
        check = _with_score_checked(tried.check, group)
        verdict = verdict_of(tried.run, check)
        shown = test.is_shown
        result = TestResult(
            name=test.name,
            sample=test.sample,
            verdict=verdict,
            usage=tried.run.usage,
            difference=self._difference(tried.run, check, shown=shown),
            hint=_hint(test, verdict),
            score=points_of(group, check) if group and check else None,
            detail=_detail(check, shown=shown),
            open=test.open,
        )
        wrong = tried.output if verdict is Verdict.WA else None
        if wrong is not None and check is not None and check.comparable is not None:
            wrong = check.comparable
        if shown:
            result = self._with_texts(result, tried, (attempt.input, attempt.answer))
        return result, wrong

    def left_out(self, test: TestCase) -> TestResult:
        """Return the result of a test that isn't run because earlier tests used up the time."""
        budget = self.runner.budget
        budget.exceeded = True
        why = Difference(Reason.NOT_RUN, {"limit_s": budget.total_s})
        return TestResult(test.name, test.sample, Verdict.TLE, Usage(), why, open=test.open)

    def _difference(
        self, run: RunResult, check: CheckResult | None, *, shown: bool
    ) -> Difference | None:
        if check is not None:
            found = check.told(shown=shown)
            # Add the package's own note about the tensor or value that differs, if it has one.
            note = self.job.notes.get(found.values.get("name", "")) if found else None
            return found.with_values(note=dict(note)) if found and note else found
        job, runner = self.job, self.runner
        if run.ending is Ending.WALL_LIMIT and runner.budget.exceeded:
            return Difference(Reason.TIME_BUDGET, {"limit_s": runner.budget.total_s})
        explainer = Explainer(runner.limits, runner.program.driver, job.entry, job.source.text)
        difference = explainer.explain(run, shown=shown)
        return difference if shown or difference is None else self.places.bounded(difference)

    def _with_texts(
        self, result: TestResult, tried: Tried, texts: tuple[bytes, bytes | CheckResult]
    ) -> TestResult:
        """Return `result` with the test's texts, for a test that isn't secret.

        If there is a driver, the submission's prints aren't its output, so they are shown together
        with standard error.
        """
        input, answer = texts
        run, output = tried.run, tried.output
        driver = self.runner.program.driver
        if output is None:
            output = b"" if driver else run.stdout
        printed = run.stdout if driver and output != run.stdout else b""
        return replace(
            result,
            input=readable(input),
            expected=readable(answer) if isinstance(answer, bytes) else None,
            output=readable(output),
            stderr=told(printed + run.stderr),
        )


def _with_score_checked(check: CheckResult | None, group: Group | None) -> CheckResult | None:
    problem = score_problem(group, check) if group and check else None
    if problem is None:
        return check
    why = Difference(Reason.CHECKER_FAILED)
    return CheckResult(Verdict.JE, why, f"output validator: {problem}")


def _hint(test: TestCase, verdict: Verdict) -> Mapping[str, str]:
    """Return the hint for a failed test. Only submissions that are too slow get the hint about a
    faster solution."""
    if verdict is Verdict.AC:
        return {}
    return test.slow_hint or test.hint if verdict is Verdict.TLE else test.hint


def _detail(check: CheckResult | None, *, shown: bool) -> str:
    """Return text for the package's author: the validator's message, else our checker's finding if
    the submitter is told less."""
    if check is None or check.detail:
        return check.detail if check else ""
    return "" if check.told(shown=shown) == check.difference else check.message


def _without_run(test: TestCase, input: bytes, why: CheckResult) -> TestResult:
    """Return the result of a test that has no expected answer, so that nothing was run."""
    return TestResult(
        name=test.name,
        sample=test.sample,
        verdict=why.verdict,
        usage=Usage(),
        difference=why.difference,
        detail=why.detail,
        input=readable(input),
    )
