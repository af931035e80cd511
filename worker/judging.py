"""One judging, test by test: compile, run each test in a fresh jail, check, make the verdict.

`judge` yields events and keeps nothing; whoever calls it records, prints or asserts. The answers
stay in this process: a jail gets one test's input and gives back data. What goes wrong on our
side (SandboxError, TestDataError) is raised and never turned into a verdict, so that the judging
can go back to the queue.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace

from judge.errors import InvalidError
from judge.job import JudgeJob, Kind, Source, TestCase
from judge.limits import Limits, Usage
from judge.result import CheckResult, Ending, JudgingResult, ReplyKind, RunResult, TestResult
from judge.verdict import Verdict
from worker.checkers import Checker, CheckerError, checker_for
from worker.compiling import build
from worker.languages import Language, language
from worker.messages import explain, readable
from worker.sandbox.base import Program, Sandbox
from worker.test_data import TestData


@dataclass(frozen=True, slots=True)
class Compiling:
    """The source is being compiled, or its syntax checked."""


@dataclass(frozen=True, slots=True)
class TestDone:
    """Test `index` (from 1) of `total` is judged; fewer than `total` may come.

    `output` is what a wrong answer (WA) was, for `worker.diagnosis`; it is recorded nowhere.
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
    job: JudgeJob, sandbox: Sandbox, data: TestData, *, every_test: bool = False
) -> Iterator[JudgeEvent]:
    """Judge `job`, samples first.

    A stdio problem stops at its first failing test; the other kinds go on, unless a time or
    memory limit was hit. With `every_test` nothing stops it. Raises SandboxError and
    TestDataError: then there is no verdict, and the judging may be tried again.
    """
    yield Compiling()
    try:
        checker = checker_for(job.checker)
        runner, compile_output = _make_runner(job, job.source, job.support, sandbox)
    except (CheckerError, InvalidError) as error:
        yield Judged(JudgingResult(Verdict.JE, Usage(), 0.0, message=str(error)))
        return
    if runner is None:
        yield Judged(JudgingResult(Verdict.CE, Usage(), 0.0, compile_output))
        return
    bench = _Bench(job, data, checker, runner, _Reference(job, sandbox))
    results: list[TestResult] = []
    for test in sorted(job.tests, key=lambda test: not test.sample):
        result, output = bench.judge_test(test)
        results.append(result)
        yield TestDone(len(results), len(job.tests), result, output)
        if not every_test and _stops(job.kind, results[-1].verdict):
            break
    yield Judged(_overall(results, compile_output))


def verdict_of(run: RunResult, check: CheckResult | None) -> Verdict:
    """What a run and its check amount to; `check` is None when there was nothing to check."""
    match run.ending:
        case Ending.CPU_LIMIT | Ending.WALL_LIMIT:
            return Verdict.TLE
        case Ending.MEMORY_LIMIT:
            return Verdict.MLE
        case Ending.OUTPUT_LIMIT:
            return Verdict.OLE
        case Ending.FORBIDDEN:
            return Verdict.SV
        case Ending.SIGNALED:
            return Verdict.RTE
        case Ending.EXITED:
            return Verdict.RTE if check is None else check.verdict


def output_of(program: Program, run: RunResult) -> bytes | None:
    """What there is to check, or None when the run did not come to a good end.

    A driver's answer is its reply's payload; from one that only prints, standard output is
    taken. Any other program's output is its standard output.
    """
    if run.ending is not Ending.EXITED or run.exit_code != 0:
        return None
    if run.reply is not None and run.reply.kind is not ReplyKind.ANSWER:
        return None
    if not program.driver:
        return run.stdout
    return None if run.reply is None else run.reply.payload or run.stdout


def _stops(kind: Kind, verdict: Verdict) -> bool:
    if kind is Kind.STDIO:
        return verdict is not Verdict.AC
    return verdict in {Verdict.TLE, Verdict.MLE}


def _overall(results: list[TestResult], compile_output: str) -> JudgingResult:
    usage = Usage(
        max((result.usage.cpu_s for result in results), default=0.0),
        max((result.usage.wall_s for result in results), default=0.0),
        max((result.usage.memory_bytes for result in results), default=0),
    )
    failed = next((result for result in results if result.verdict is not Verdict.AC), None)
    if failed is None:
        return JudgingResult(Verdict.AC, usage, 100.0, compile_output)
    message = f"{failed.name}: {failed.message}" if failed.message else failed.name
    return JudgingResult(failed.verdict, usage, 0.0, compile_output, message)


@dataclass(frozen=True, slots=True)
class _Runner:
    """A compiled source and how to run it."""

    spoken: Language
    program: Program
    limits: Limits
    sandbox: Sandbox

    def run(self, input: bytes) -> RunResult:
        return self.spoken.settle(self.sandbox.run(self.program, input, self.limits))


def _make_runner(
    job: JudgeJob, source: Source, support: Mapping[str, bytes], sandbox: Sandbox
) -> tuple[_Runner | None, str]:
    """A runner, None if the source does not compile, and the compiler's output."""
    spoken = language(source.language)
    limits = spoken.limits(job.limits)
    compiled = build(source, job.kind, support, limits, sandbox)
    if compiled.program is None:
        return None, compiled.output
    return _Runner(spoken, compiled.program, limits, sandbox), compiled.output


class _Reference:
    """The accepted submission that answers where a test has no answer; compiled once, if ever."""

    def __init__(self, job: JudgeJob, sandbox: Sandbox) -> None:
        self._job = job
        self._sandbox = sandbox
        self._runner: _Runner | None = None

    def answer(self, input: bytes) -> bytes | CheckResult:
        """The expected output; or, where there is none, what is said in a check's place."""
        source = self._job.reference
        if source is None:
            return CheckResult(Verdict.AC, "There is no answer to compare with.")
        if self._runner is None:
            support = self._job.reference_support
            self._runner, complaint = _make_runner(self._job, source, support, self._sandbox)
            if self._runner is None:
                return CheckResult(Verdict.JE, f"The reference does not compile: {complaint}")
        output = output_of(self._runner.program, self._runner.run(input))
        if output is not None:
            return output
        return CheckResult(
            Verdict.JE,
            "This input isn't valid for this problem: the reference solution does not accept "
            "it, so there is nothing to compare with.",
        )


@dataclass(frozen=True, slots=True)
class _Bench:
    """All that the tests of one judging share."""

    job: JudgeJob
    data: TestData
    checker: Checker
    runner: _Runner
    reference: _Reference

    def judge_test(self, test: TestCase) -> tuple[TestResult, bytes | None]:
        """Run and check one test; its texts are shown for samples and own input only.

        The second value is the output, if it is a wrong answer.
        """
        input = self.data.fetch(test.input)
        answer = self._answer(test, input)
        if isinstance(answer, CheckResult) and answer.verdict is Verdict.JE:
            return _not_run(test, input, answer), None
        run = self.runner.run(input)
        output = output_of(self.runner.program, run)
        check = self._check(input, output, answer)
        verdict = verdict_of(run, check)
        shown = _is_shown(test)
        result = TestResult(
            name=test.name,
            sample=test.sample,
            verdict=verdict,
            usage=run.usage,
            message=self._explain(run, shown) if check is None else check.message,
            hint={} if verdict is Verdict.AC else test.hint,
        )
        wrong = output if verdict is Verdict.WA else None
        if shown:
            result = self._with_texts(result, run, output, (input, answer))
        return result, wrong

    def _answer(self, test: TestCase, input: bytes) -> bytes | CheckResult:
        if test.answer is None:
            return self.reference.answer(input)
        return self.data.fetch(test.answer)

    def _check(
        self, input: bytes, output: bytes | None, answer: bytes | CheckResult
    ) -> CheckResult | None:
        if output is None:
            return None
        if isinstance(answer, CheckResult):
            return answer
        return self.checker.check(input, output, answer)

    def _explain(self, run: RunResult, shown: bool) -> str:
        driver = self.runner.program.driver
        return explain(run, self.runner.limits, driver=driver, shown=shown, entry=self.job.entry)

    def _with_texts(
        self,
        result: TestResult,
        run: RunResult,
        output: bytes | None,
        texts: tuple[bytes, bytes | CheckResult],
    ) -> TestResult:
        """`result` with what a person may see of a test that is no secret.

        What a driven submission prints is no output, so it stands with standard error.
        """
        input, answer = texts
        driver = self.runner.program.driver
        if output is None:
            output = b"" if driver else run.stdout
        printed = run.stdout if driver and output != run.stdout else b""
        return replace(
            result,
            input=readable(input),
            expected=readable(answer) if isinstance(answer, bytes) else None,
            output=readable(output),
            stderr=readable(printed + run.stderr),
        )


def _is_shown(test: TestCase) -> bool:
    """Samples, and input that the submitter wrote himself."""
    return test.sample or test.answer is None


def _not_run(test: TestCase, input: bytes, why: CheckResult) -> TestResult:
    """The outcome where there is nothing to compare with, which no submission is blamed for."""
    return TestResult(
        name=test.name,
        sample=test.sample,
        verdict=why.verdict,
        usage=Usage(),
        message=why.message,
        input=readable(input),
    )
