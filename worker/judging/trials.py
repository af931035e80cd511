"""Tries one test: runs the submission by the problem's protocol, and has its output checked.

There are three protocols. By default the submission runs once and a checker reads its output. In an
*interactive* problem the validator exchanges messages with it while both run. In a *multi-pass*
problem the validator may ask for another run, with an input that it makes. The last two combine.
"""

import threading
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Protocol

from judge.differences import Difference, Reason
from judge.job import CheckerSpec, JudgeJob, Source, TestCase, ValidatorSpec
from judge.limits import Limits, Usage
from judge.result import CheckResult, Ending, RunResult
from judge.verdict import Verdict
from worker.checkers import checker_for
from worker.checkers.custom import Custom, Pass, feedback_of, was_stopped
from worker.judging import checking
from worker.judging.compiling import build
from worker.judging.languages import Language, language
from worker.judging.outcomes import output_of
from worker.judging.time_budget import TimeBudget
from worker.judging.validators import OutputValidator, accepted, prepare, with_room
from worker.sandbox.base import Interaction, Party, Program, Sandbox
from worker.sandbox.stay import Stay
from worker.sandbox.stop import Stop

_SMALL_BYTES = 16 << 10
_READING_S = 0.05
"""With less CPU time than this a validator counts as idle."""
_FLOOD_FACTOR = 4
"""An output longer than `_SMALL_BYTES` and this many times the test's own files is a flood."""


@dataclass(frozen=True, slots=True)
class Runner:
    """A compiled source and how to run it."""

    spoken: Language
    program: Program
    limits: Limits
    sandbox: Sandbox
    budget: TimeBudget = field(default_factory=TimeBudget)
    """The time for all runs of the judging together; by default unlimited."""
    stop: Stop = field(default_factory=Stop)
    """Ends its runs, and the validator's runs that belong to them."""

    def for_test(self, test: TestCase, files: Mapping[str, bytes]) -> "Runner":
        """Return a copy with a test's command line, and its files in the working directory."""
        if not test.arguments and not files:
            return self
        argv = (*self.program.argv, *test.arguments)
        box = {**self.program.box, **files}
        # A test's file replaces an included one, but not the program itself.
        hidden = set(files) - set(self.program.argv)
        own = {name: text for name, text in self.program.files.items() if name not in hidden}
        program = replace(self.program, argv=argv, box=box, files=own)
        return replace(self, program=program, limits=with_room(self.limits, box))

    def run(self, input: bytes) -> RunResult:
        """Run it once. Raises SandboxError, RunStoppedError."""
        limits = self.budget.within(self.limits)
        run = self.sandbox.run(self.program, input, limits, self.stop)
        self.budget.charge(run, limits)
        return self.spoken.settle(run)

    def run_for_output(self, input: bytes) -> tuple[RunResult, bytes | None]:
        """Run it once; return the result and the output to check, None if the run failed."""
        run = self.run(input)
        return run, output_of(self.program, run)


@dataclass(frozen=True, slots=True)
class Made:
    """A compiled source. `runner` is None if it does not compile; then `difference` may say why.
    `output` is the compiler's."""

    runner: Runner | None
    output: str
    difference: Difference | None = None


def make_runner(
    job: JudgeJob, source: Source, support: Mapping[str, bytes], sandbox: Sandbox
) -> Made:
    """Compile `source`. Raises InvalidError for an unknown language, SandboxError."""
    spoken = language(source.language)
    limits = spoken.limits(job.limits)
    compiled = build(source, job.kind, support, limits, sandbox, job.compile_limits)
    if compiled.program is None:
        return Made(None, compiled.output, compiled.difference)
    limits = with_room(limits, compiled.program.box)
    return Made(Runner(spoken, compiled.program, limits, sandbox), compiled.output)


@dataclass(frozen=True, slots=True)
class Tried:
    """The outcome of a test: the run (the last one, with the greatest usage of all), its output,
    and the check; output and check are None if there was nothing to check."""

    run: RunResult
    output: bytes | None
    check: CheckResult | None


class TestProtocol(Protocol):
    """How a problem's tests are tried."""

    def try_out(self, runner: Runner, input: bytes, answer: bytes, test: TestCase) -> Tried:
        """Run and check one test. Raises SandboxError, RunStoppedError."""


@dataclass(frozen=True, slots=True)
class ByChecker:
    """The default protocol: one run, and one of the judge's own checkers."""

    spec: CheckerSpec
    checking: threading.Lock = field(default_factory=threading.Lock)
    """Lets only one thread check at a time: one checking process is ready, and starting another
    takes long."""

    def try_out(self, runner: Runner, input: bytes, answer: bytes, test: TestCase) -> Tried:
        """See TestProtocol."""
        run, output = runner.run_for_output(input)
        if output is None:
            return Tried(run, None, None)
        words = test.checker_arguments
        spec = self.spec if words is None else replace(self.spec, arguments=words)
        with self.checking:
            runner.stop.check()
            return Tried(run, output, checking.check(spec, output, answer))


@dataclass(frozen=True, slots=True)
class ByValidator:
    """The protocol of the package's own validator, with as many passes as it asks for.

    Recording a conversation takes time. So only those conversations are recorded that are shown, or
    that the validator may refuse: the first refused one in a second run, the later ones at once.
    """

    spec: CheckerSpec
    validator: OutputValidator
    has_refused: threading.Event = field(default_factory=threading.Event)

    def try_out(self, runner: Runner, input: bytes, answer: bytes, test: TestCase) -> Tried:
        """See TestProtocol."""
        words = test.checker_arguments
        given = Pass(input, answer, b"", self.spec.arguments if words is None else words)
        usage = Usage()
        for number in range(1, self.validator.spec.passes + 1):
            tried, feedback = self._pass(runner, given, shown=test.is_shown)
            usage = Usage(
                max(usage.cpu_s, tried.run.usage.cpu_s),
                max(usage.wall_s, tried.run.usage.wall_s),
                max(usage.memory_bytes, tried.run.usage.memory_bytes),
            )
            tried = replace(tried, run=replace(tried.run, usage=usage))
            if tried.check is None or tried.check.next_input is None:
                return tried
            if number < self.validator.spec.passes:
                given = replace(given, input=tried.check.next_input, feedback=feedback)
        passes = self.validator.spec.passes
        detail = (
            f"output validator: it asks for more than {passes} passes (limits.validation_passes)"
        )
        return replace(
            tried, check=CheckResult(Verdict.JE, Difference(Reason.CHECKER_FAILED), detail)
        )

    def _pass(
        self, runner: Runner, given: Pass, *, shown: bool
    ) -> tuple[Tried, Mapping[str, bytes]]:
        validator = replace(self.validator, stop=runner.stop)
        if validator.spec.interactive:
            return self._speak(runner, given, validator, shown=shown)
        checker = validator.checker(given.arguments)
        run, output = runner.run_for_output(given.input)
        if output is None:
            return Tried(run, None, None), {}
        judging = validator.run(replace(given, output=output))
        check = checker.judge(judging)
        if was_stopped(check) and _is_flood(len(output), given):
            check = _unread(check)
        return Tried(run, output, check), feedback_of(judging)

    def _speak(
        self, runner: Runner, given: Pass, validator: OutputValidator, *, shown: bool
    ) -> tuple[Tried, Mapping[str, bytes]]:
        limits = runner.budget.within(runner.limits)
        checker = validator.checker(given.arguments)

        def is_refused(spoken: Interaction) -> bool:
            return _is_refused(self._settled(runner, given, checker, spoken), spoken)

        hear_if = None if shown or self.has_refused.is_set() else is_refused
        party = Party(runner.program, limits)
        spoken = validator.speak_with(party, given, accepted, hear_if)
        runner.budget.charge(spoken.run, limits)
        tried = self._settled(runner, given, checker, spoken)
        if _is_refused(tried, spoken):
            self.has_refused.set()
        return tried, feedback_of(spoken.partner)

    def _settled(self, runner: Runner, given: Pass, checker: Custom, spoken: Interaction) -> Tried:
        """Return the outcome of a conversation. The side that ends first decides: if the validator
        rejects first, the submission's later failure doesn't matter; if the submission fails first,
        the validator's result doesn't. If both waited until their time was over, the validator is
        to blame."""
        run = runner.spoken.settle(spoken.run)
        check = checker.judge(spoken.partner)
        hung = was_stopped(check) and (spoken.partner_first or run.ending is Ending.WALL_LIMIT)
        refused = spoken.partner_first and check.verdict is not Verdict.AC
        if not (hung or refused) and output_of(runner.program, run) is None:
            return Tried(run, None, None)
        if was_stopped(check) and (spoken.unheard or _is_flood(len(run.stdout), given)):
            check = _unread(check)
        usage = replace(run.usage, cpu_s=min(run.usage.cpu_s, runner.limits.cpu_s))
        # The validator's result counts, as for a run that succeeded within its limits.
        settled = replace(run, ending=Ending.EXITED, exit_code=0, reply=None, usage=usage)
        return Tried(settled, run.stdout, check)


def make_protocol(job: JudgeJob, sandbox: Sandbox, stay: Stay) -> TestProtocol:
    """Return the protocol of `job`'s tests; a validator's jails wait in `stay` between tests.
    Raises CheckerError, ValidatorError, SandboxError."""
    spec: ValidatorSpec | None = job.validator
    if spec is None:
        # Check the flags before the first test: a wrong one is the package's fault.
        for words in {job.checker.arguments, *(test.checker_arguments for test in job.tests)}:
            checker_for(replace(job.checker, arguments=words or ()))
        return ByChecker(job.checker)
    return ByValidator(job.checker, prepare(spec, sandbox, stay))


def _is_flood(size: int, given: Pass) -> bool:
    """Whether an output is so long that a validator can't be expected to read it all."""
    return size > max(_SMALL_BYTES, _FLOOD_FACTOR * (len(given.input) + len(given.answer)))


def _is_refused(tried: Tried, spoken: Interaction) -> bool:
    """Whether the validator rejected the submission, or only a count of its output can explain its
    failure: it ran out of time while its output lay unread, or while it kept the validator busy."""
    if tried.check is not None:
        return tried.check.verdict is not Verdict.AC
    run = tried.run
    if run.ending in (Ending.CPU_LIMIT, Ending.WALL_LIMIT):
        return spoken.unread_bytes > _SMALL_BYTES or spoken.partner.usage.cpu_s > _READING_S
    return run.ending is Ending.OUTPUT_LIMIT


def _unread(check: CheckResult) -> CheckResult:
    """Return OLE instead of JE: a submission can't make a validator fail by printing more than it
    can read. The package's author still gets the detail."""
    return CheckResult(Verdict.OLE, Difference(Reason.OUTPUT_UNREAD), check.detail)


class Reference:
    """The accepted submission that makes the expected output of tests without an answer. It is
    compiled at most once. Thread-safe."""

    def __init__(self, job: JudgeJob, sandbox: Sandbox) -> None:
        self._job = job
        self._sandbox = sandbox
        self._runner: Runner | None = None
        self._compiling = threading.Lock()

    def answer(self, input: bytes) -> bytes | CheckResult:
        """Return the expected output; if there is none, the check to use instead."""
        source = self._job.reference
        if self._job.validator is not None and self._job.validator.interactive:
            return b""  # without the validator, which gets the input, there is no output
        if source is None:
            return CheckResult(Verdict.AC, Difference(Reason.NOTHING_TO_COMPARE))
        with self._compiling:
            if self._runner is None:
                support = self._job.reference_support
                made = make_runner(self._job, source, support, self._sandbox)
                self._runner = made.runner
                if self._runner is None:
                    return CheckResult(Verdict.JE, Difference(Reason.REFERENCE_BROKEN), made.output)
        _, output = self._runner.run_for_output(input)
        if output is not None:
            return output
        return CheckResult(Verdict.JE, Difference(Reason.INVALID_INPUT))
