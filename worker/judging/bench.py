"""What the tests of one judging share, and how one of them becomes a `TestResult`."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from judge.differences import Difference, Reason
from judge.grading import Group, points_of, score_problem
from judge.job import JudgeJob, TestCase
from judge.limits import Usage
from judge.result import CheckResult, Ending, RunResult, TestResult
from judge.verdict import Verdict
from worker.judging.explanations import Explainer, Places, readable, told
from worker.judging.outcomes import output_of, verdict_of
from worker.judging.test_data import TestData
from worker.judging.trials import Runner, TestProtocol, Tried, make_runner
from worker.sandbox.base import Sandbox


class Reference:
    """The accepted submission that answers where a test has no answer; compiled once, if ever."""

    def __init__(self, job: JudgeJob, sandbox: Sandbox) -> None:
        self._job = job
        self._sandbox = sandbox
        self._runner: Runner | None = None

    def answer(self, input: bytes) -> bytes | CheckResult:
        """The expected output; or, where there is none, what is said in a check's place."""
        source = self._job.reference
        if self._job.validator is not None and self._job.validator.interactive:
            return b""  # there is no output to be had without the validator, which gets the input
        if source is None:
            return CheckResult(Verdict.AC, Difference(Reason.NOTHING_TO_COMPARE))
        if self._runner is None:
            support = self._job.reference_support
            made = make_runner(self._job, source, support, self._sandbox)
            self._runner = made.runner
            if self._runner is None:
                return CheckResult(Verdict.JE, Difference(Reason.REFERENCE_BROKEN), made.output)
        output = output_of(self._runner.program, self._runner.run(input))
        if output is not None:
            return output
        return CheckResult(Verdict.JE, Difference(Reason.INVALID_INPUT))


@dataclass(frozen=True, slots=True)
class Bench:
    """All that the tests of one judging share."""

    job: JudgeJob
    data: TestData
    protocol: TestProtocol
    runner: Runner
    reference: Reference
    places: Places = field(default_factory=Places)

    def judge_test(
        self, test: TestCase, group: Group | None = None
    ) -> tuple[TestResult, bytes | None]:
        """Run and check one test; its texts are shown for samples and own input only.

        `group` is the test's group in a problem with scores. The second value is the output, if
        it is a wrong answer (without what chance decides in it).
        """
        if self.runner.budget.is_spent:
            return self._out_of_time(test), None
        input = self.data.fetch(test.input)
        answer = self._answer(test, input)
        if isinstance(answer, CheckResult) and answer.verdict is Verdict.JE:
            return _not_run(test, input, answer), None
        tried = self._try(test, input, answer)
        check = _with_score_checked(tried.check, group)
        verdict = verdict_of(tried.run, check)
        shown = _is_shown(test)
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
            result = self._with_texts(result, tried, (input, answer))
        return result, wrong

    def _try(self, test: TestCase, input: bytes, answer: bytes | CheckResult) -> Tried:
        files = {name: self.data.fetch(ref) for name, ref in test.files.items()}
        runner = self.runner.for_test(test, files)
        if isinstance(answer, CheckResult):
            run = runner.run(input)
            output = output_of(runner.program, run)
            return Tried(run, output, None if output is None else answer)
        return self.protocol.try_out(runner, input, answer, test)

    def _answer(self, test: TestCase, input: bytes) -> bytes | CheckResult:
        if test.answer is None:
            return self.reference.answer(input)
        return self.data.fetch(test.answer)

    def _difference(
        self, run: RunResult, check: CheckResult | None, *, shown: bool
    ) -> Difference | None:
        if check is not None:
            return self._with_note(check.told(shown=shown))
        job, runner = self.job, self.runner
        if run.ending is Ending.WALL_LIMIT and runner.budget.exceeded:
            return Difference(Reason.TIME_BUDGET, {"limit_s": runner.budget.total_s})
        explainer = Explainer(runner.limits, runner.program.driver, job.entry, job.source.text)
        difference = explainer.explain(run, shown=shown)
        return difference if shown or difference is None else self.places.bounded(difference)

    def _with_note(self, difference: Difference | None) -> Difference | None:
        """With the package's own line about what differs, if it has one."""
        note = self.job.notes.get(difference.values.get("name", "")) if difference else None
        return difference.with_values(note=dict(note)) if difference and note else difference

    def _out_of_time(self, test: TestCase) -> TestResult:
        """The outcome of a test that is not run, since those before it took all the time."""
        self.runner.budget.exceeded = True
        why = Difference(Reason.NOT_RUN, {"limit_s": self.runner.budget.total_s})
        return TestResult(test.name, test.sample, Verdict.TLE, Usage(), why, open=test.open)

    def _with_texts(
        self, result: TestResult, tried: Tried, texts: tuple[bytes, bytes | CheckResult]
    ) -> TestResult:
        """`result` with what a person may see of a test that is no secret.

        What a driven submission prints is no output, so it stands with standard error.
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
    """That a test needs a faster way is told to who was too slow, and nobody else."""
    if verdict is Verdict.AC:
        return {}
    return test.slow_hint or test.hint if verdict is Verdict.TLE else test.hint


def _detail(check: CheckResult | None, *, shown: bool) -> str:
    """What the package's author may know: what the validator says, else all that our checker
    found where the submitter is told less."""
    if check is None or check.detail:
        return check.detail if check else ""
    return "" if check.told(shown=shown) == check.difference else check.message


def _is_shown(test: TestCase) -> bool:
    """Samples, tests that are no secret, and the submitter's own input."""
    return test.sample or test.open or test.answer is None


def _not_run(test: TestCase, input: bytes, why: CheckResult) -> TestResult:
    """The outcome where there is nothing to compare with, which no submission is blamed for."""
    return TestResult(
        name=test.name,
        sample=test.sample,
        verdict=why.verdict,
        usage=Usage(),
        difference=why.difference,
        detail=why.detail,
        input=readable(input),
    )
