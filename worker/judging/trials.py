"""One test: run the submission on it as the problem's protocol says, and have what came checked.

Three protocols. By default the submission is run once and a checker reads its output. In an
*interactive* problem the validator speaks with it while both run. In a *multi-pass* problem the
validator may ask for another run, on an input that it makes. The last two combine.
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
"""The CPU time for which a validator that is told little is not busy."""
_FLOOD_FACTOR = 4
"""Longer outputs than this, and so many times longer than the test's own files, are a flood."""


@dataclass(frozen=True, slots=True)
class Runner:
    """A compiled source and how to run it."""

    spoken: Language
    program: Program
    limits: Limits
    sandbox: Sandbox
    budget: TimeBudget = field(default_factory=TimeBudget)
    """For all runs of the judging together; without limit unless one is given."""
    stop: Stop = field(default_factory=Stop)
    """Ends its runs, and those of the validator beside them."""

    def for_test(self, test: TestCase, files: Mapping[str, bytes]) -> "Runner":
        """The same runner with a test's command line, and its files in the working directory."""
        if not test.arguments and not files:
            return self
        argv = (*self.program.argv, *test.arguments)
        box = {**self.program.box, **files}
        # A test's file takes the place of an included one, but not of the program itself.
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
        """`run`, and what there is to check; None where the run came to no good end."""
        run = self.run(input)
        return run, output_of(self.program, run)


@dataclass(frozen=True, slots=True)
class Made:
    """`runner` is None if the source does not compile; then `difference` may say why. `output` is
    the compiler's."""

    runner: Runner | None
    output: str
    difference: Difference | None = None


def make_runner(
    job: JudgeJob, source: Source, support: Mapping[str, bytes], sandbox: Sandbox
) -> Made:
    """A runner for `source`. Raises InvalidError for an unknown language, SandboxError."""
    spoken = language(source.language)
    limits = spoken.limits(job.limits)
    compiled = build(source, job.kind, support, limits, sandbox, job.compile_limits)
    if compiled.program is None:
        return Made(None, compiled.output, compiled.difference)
    limits = with_room(limits, compiled.program.box)
    return Made(Runner(spoken, compiled.program, limits, sandbox), compiled.output)


@dataclass(frozen=True, slots=True)
class Tried:
    """What happened in a test: the run (of several, the last, with the greatest usage of any),
    its output, and the check; both are None where there was nothing to check."""

    run: RunResult
    output: bytes | None
    check: CheckResult | None


class TestProtocol(Protocol):
    """How a test is tried."""

    def try_out(self, runner: Runner, input: bytes, answer: bytes, test: TestCase) -> Tried:
        """Run and check. Raises SandboxError, RunStoppedError."""


@dataclass(frozen=True, slots=True)
class ByChecker:
    """One run, one of our own checkers."""

    spec: CheckerSpec
    checking: threading.Lock = field(default_factory=threading.Lock)
    """One at a time: the process that is ready to check is enough, a further one takes long to
    start."""

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
    """The package's own validator, over as many passes as it asks for.

    To listen to a conversation takes time. So only those are listened to that are shown, and those
    that the validator refuses: the first of them once it has been refused, the others at once.
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
        """Who ends first decides: a validator's no stands whatever the submission does next, and
        a submission that fails has failed whatever the validator makes of that. But where both
        waited until their time was over, the validator is to blame."""
        run = runner.spoken.settle(spoken.run)
        check = checker.judge(spoken.partner)
        hung = was_stopped(check) and (spoken.partner_first or run.ending is Ending.WALL_LIMIT)
        refused = spoken.partner_first and check.verdict is not Verdict.AC
        if not (hung or refused) and output_of(runner.program, run) is None:
            return Tried(run, None, None)
        if was_stopped(check) and (spoken.unheard or _is_flood(len(run.stdout), given)):
            check = _unread(check)
        usage = replace(run.usage, cpu_s=min(run.usage.cpu_s, runner.limits.cpu_s))
        # The validator's word counts, as for a run that came to a good end within its limits.
        settled = replace(run, ending=Ending.EXITED, exit_code=0, reply=None, usage=usage)
        return Tried(settled, run.stdout, check)


def make_protocol(job: JudgeJob, sandbox: Sandbox, stay: Stay) -> TestProtocol:
    """How the tests of `job` are tried; a validator's jails wait in `stay` from test to test.
    Raises CheckerError, ValidatorError, SandboxError."""
    spec: ValidatorSpec | None = job.validator
    if spec is None:
        # At once and not at the first test: a wrong flag is the package's fault.
        for words in {job.checker.arguments, *(test.checker_arguments for test in job.tests)}:
            checker_for(replace(job.checker, arguments=words or ()))
        return ByChecker(job.checker)
    return ByValidator(job.checker, prepare(spec, sandbox, stay))


def _is_flood(size: int, given: Pass) -> bool:
    """Whether so much output is more than a validator can be expected to cope with."""
    return size > max(_SMALL_BYTES, _FLOOD_FACTOR * (len(given.input) + len(given.answer)))


def _is_refused(tried: Tried, spoken: Interaction) -> bool:
    """Whether the validator refused it, or only counting what it said tells why it has failed by
    itself: where it ran out of time while its words lay unread, or kept the validator busy."""
    if tried.check is not None:
        return tried.check.verdict is not Verdict.AC
    run = tried.run
    if run.ending in (Ending.CPU_LIMIT, Ending.WALL_LIMIT):
        return spoken.unread_bytes > _SMALL_BYTES or spoken.partner.usage.cpu_s > _READING_S
    return run.ending is Ending.OUTPUT_LIMIT


def _unread(check: CheckResult) -> CheckResult:
    """OLE in place of JE: a submission can't make a validator fail by printing more than it can
    read. The package's author is told all the same."""
    return CheckResult(Verdict.OLE, Difference(Reason.OUTPUT_UNREAD), check.detail)


class Reference:
    """The accepted submission that answers where a test has no answer; compiled once, if ever.
    Thread-safe."""

    def __init__(self, job: JudgeJob, sandbox: Sandbox) -> None:
        self._job = job
        self._sandbox = sandbox
        self._runner: Runner | None = None
        self._compiling = threading.Lock()

    def answer(self, input: bytes) -> bytes | CheckResult:
        """The expected output; where there is none, the check that takes its place."""
        source = self._job.reference
        if self._job.validator is not None and self._job.validator.interactive:
            return b""  # there is no output to be had without the validator, which gets the input
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
