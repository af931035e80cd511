"""Checks a package's validators: they run in the jail on all the package's tests, and on junk.

Input validators must accept each test's input, and at least one of them must reject junk. The
output validator, the package's own or ours, must accept each answer, reject junk, and return a
verdict for any output.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import Executor, Future
from contextlib import ExitStack, closing
from dataclasses import dataclass
from itertools import chain

from judge.problem_package.package import PackageTest, Probe, ProbeKind, ProblemPackage
from judge.result import CheckResult, Ending
from judge.verdict import Verdict
from worker.checkers import CheckerError, checker_for
from worker.checkers.base import Checker
from worker.checkers.custom import ACCEPTED, how_it_failed, was_stopped
from worker.judging.explanations import told
from worker.judging.validators import (
    InputValidator,
    ValidatorError,
    accepted,
    prepare,
    prepare_input,
)
from worker.sandbox.base import Sandbox
from worker.sandbox.stay import Stay

_JUNK = {
    "an empty file": b"",
    "bytes that are no text": bytes(range(128, 256)) * 4,
    "all printable ASCII characters": bytes(range(32, 127)),
    "a word that is no data": b"gb8x qq --- //\x7f\n",
}
"""Files that no validator should accept, for any problem."""
_TRICKY = {
    "-1": b"-1\n",
    "2^31": b"2147483648\n",
    "2^63": b"9223372036854775808\n",
    "NaN": b"NaN\n",
    "an unclosed bracket": b"((\n",
    "a NUL": b"\0",
    "a number too few": b"2\n1",
}
"""Outputs that may be correct for some problem, but must not make an output validator fail."""
_STOPPED = frozenset(Ending) - {Ending.EXITED, Ending.SIGNALED}
_TRICKY_TESTS = 3
_MOST_SHOWN = 300


@dataclass(frozen=True, slots=True)
class Finding:
    """A problem with a file of the package; a warning unless `is_error`. If it is `fatal` too, no
    submission can be judged."""

    file: str
    message: str
    is_error: bool
    fatal: bool = False

    def __str__(self) -> str:
        return f"{self.file}: {self.message}"


@dataclass(slots=True)
class _Patience:
    """`is_over` after a validator has exceeded its limits: further runs would take as long."""

    is_over: bool = False


def check_validators(
    package: ProblemPackage, sandbox: Sandbox, pool: Executor
) -> Iterator[Finding]:
    """Try the validators of `package`, in parallel as `pool` allows. Raises SandboxError."""
    with ExitStack() as stays:
        # The output validator compiles in the background: that takes seconds on one core.
        made = pool.submit(_Checkers, package, sandbox, stays.enter_context(closing(Stay())))
        yield from _check_inputs(package, sandbox, pool, stays)
        yield from _check_outputs(package, made, pool)


def _check_inputs(
    package: ProblemPackage, sandbox: Sandbox, pool: Executor, stays: ExitStack
) -> Iterator[Finding]:
    validators = []
    for program in package.input_validators:
        stay = stays.enter_context(closing(Stay()))
        try:
            validators.append(prepare_input(program, package.input_limits, sandbox, stay))
        except ValidatorError as error:
            yield Finding(program.path, str(error), is_error=True)
    if not package.input_validators:
        yield Finding("input_validators", "none: nothing checks the tests' inputs", is_error=False)
    if not validators:
        return
    probes = package.probes
    # The inputs of outputs to try are valid ones, too.
    valid = [probe.test for probe in probes if probe.kind is not ProbeKind.INVALID_INPUT]
    jobs = [(validator, test) for validator in validators for test in (*package.tests, *valid)]
    patience = _Patience()
    yield from _flat(pool.map(lambda job: _refused_input(job[0], job[1], patience), jobs))
    if patience.is_over:
        return
    invalid = [probe for probe in probes if probe.kind is ProbeKind.INVALID_INPUT]
    yield from _flat(pool.map(lambda probe: _taken_probe(validators, probe), invalid))
    # Try junk with each command line that a validator gets in some test.
    words = {test.arguments_for(one.name) for one in validators for test in package.tests}
    junk = [(name, content, one) for name, content in _JUNK.items() for one in sorted(words)]
    # The folder has another name in older packages.
    folder = package.input_validators[0].path.partition("/")[0]
    yield from _flat(pool.map(lambda job: _taken_junk(validators, folder, *job), junk))


def _refused_input(
    validator: InputValidator, test: PackageTest, patience: _Patience
) -> Iterator[Finding]:
    if patience.is_over:
        return
    run = validator.accepts(test.input, test.arguments_for(validator.name), test.files)
    if accepted(run):
        return
    patience.is_over = patience.is_over or run.ending in _STOPPED
    # Programs print the reason last, for instance an exception's message.
    said = told((run.stdout + run.stderr)[-_MOST_SHOWN:], _MOST_SHOWN).strip()
    why = said.splitlines()[-1] if said else how_it_failed(run, str(ACCEPTED))
    message = f"the input validator `{validator.name}` refuses it: {why}"
    yield Finding(f"data/{test.name}.in", message, is_error=True)


def _taken_probe(validators: Sequence[InputValidator], probe: Probe) -> Iterator[Finding]:
    test = probe.test
    runs = (one.accepts(test.input, test.arguments_for(one.name), test.files) for one in validators)
    if all(accepted(run) for run in runs):
        message = "is meant to be invalid, but every input validator takes it"
        yield Finding(f"data/{test.name}.in", message, is_error=True)


def _taken_junk(
    validators: Sequence[InputValidator],
    folder: str,
    name: str,
    content: bytes,
    words: tuple[str, ...],
) -> Iterator[Finding]:
    if all(accepted(one.accepts(content, words, {})) for one in validators):
        yield Finding(folder, f"none of them refuses {name}", is_error=False)


def _check_outputs(
    package: ProblemPackage, made: "Future[_Checkers]", pool: Executor
) -> Iterator[Finding]:
    try:
        checkers = made.result()
    except (ValidatorError, CheckerError) as error:
        yield Finding(package.validator_path, str(error), is_error=True, fatal=True)
        return
    if not package.is_plain:
        return  # such a validator needs a submission to interact with
    yield from _flat(pool.map(checkers.refused_answer, package.tests))
    if checkers.patience.is_over:
        return
    probes = [probe for probe in package.probes if probe.output is not None]
    yield from _flat(pool.map(checkers.wrong_on_probe, probes))
    taken = 0
    for name, content in _JUNK.items():
        findings = list(checkers.on_junk(name, content, package.tests, pool))
        taken += any(not finding.is_error for finding in findings)
        yield from findings
    # In a problem with scores, accepting may mean zero points.
    if taken == len(_JUNK) and package.grading is None:
        message = "accepts everything: no output that was tried is refused on any test"
        yield Finding(package.validator_path, message, is_error=True, fatal=True)
    if package.validator is not None:
        for name, content in _TRICKY.items():
            yield from checkers.on_tricky(name, content, package.tests[:_TRICKY_TESTS], pool)


class _Checkers:
    """The problem's checker with each test's own arguments."""

    def __init__(self, package: ProblemPackage, sandbox: Sandbox, stay: Stay) -> None:
        self.patience = _Patience()
        self._path = package.validator_path
        self._default = package.checker.arguments
        self._make: Callable[[tuple[str, ...]], Checker]
        if package.validator is not None:
            self._make = prepare(package.validator, sandbox, stay).checker
        else:
            spec = package.checker
            # Raises for a wrong name or flag before any test is tried.
            checker_for(spec)
            self._make = lambda words: checker_for(type(spec)(spec.name, words))

    def refused_answer(self, test: PackageTest) -> Iterator[Finding]:
        """Check that the validator accepts a test's answer and its `.out`. A rejected answer is
        only a warning for a secret test, because it may be data for the validator; it is ignored
        if the test has an `.out`."""
        overridden = test.output is not None
        for suffix, output in ((".ans", test.answer), (".out", test.output)):
            if output is None or self.patience.is_over:
                continue
            check = self._check(test, output)
            if check.verdict is Verdict.AC or (suffix == ".ans" and overridden):
                continue
            broken = check.verdict is Verdict.JE
            error = broken or test.sample or suffix == ".out"
            said = check.detail or check.message
            message = f"the output validator does not accept it: {check.verdict}: {said}"
            yield Finding(f"data/{test.name}{suffix}", message, is_error=error, fatal=broken)

    def wrong_on_probe(self, probe: Probe) -> Iterator[Finding]:
        """Check that `valid_output` is accepted and `invalid_output` is rejected."""
        if self.patience.is_over:
            return
        check = self._check(probe.test, probe.output or b"")
        wanted = Verdict.AC if probe.kind is ProbeKind.VALID_OUTPUT else Verdict.WA
        if check.verdict is not wanted:
            said = check.detail or check.message
            message = f"the output validator says {check.verdict}, {wanted} expected: {said}"
            yield Finding(f"data/{probe.test.name}.out", message, is_error=True)

    def on_junk(
        self, name: str, content: bytes, tests: Sequence[PackageTest], pool: Executor
    ) -> Iterator[Finding]:
        """Check that junk, which may be correct in one test, isn't accepted in every test."""
        checks = self._checks(content, tests, pool)
        yield from self._failures(name, checks, tests)
        if checks and all(check.verdict is Verdict.AC for check in checks):
            yield Finding(self._path, f"accepts {name} on every test", is_error=False)

    def on_tricky(
        self, name: str, content: bytes, tests: Sequence[PackageTest], pool: Executor
    ) -> Iterator[Finding]:
        """Check that the validator returns some verdict on a tricky output."""
        yield from self._failures(name, self._checks(content, tests, pool), tests)

    def _checks(
        self, output: bytes, tests: Sequence[PackageTest], pool: Executor
    ) -> list[CheckResult]:
        """Check one output against each test; against fewer tests if that takes too long."""
        if self.patience.is_over:
            return []
        # First one test alone: if the validator exceeds its limits there, it would in all others.
        first = self._check(tests[0], output)
        if self.patience.is_over:
            return [first]
        return [first, *pool.map(lambda test: self._check(test, output), tests[1:])]

    def _check(self, test: PackageTest, output: bytes) -> CheckResult:
        own = test.checker_arguments
        checker = self._make(self._default if own is None else own)
        check = checker.check(test.input, output, test.answer)
        self.patience.is_over = self.patience.is_over or was_stopped(check)
        return check

    def _failures(
        self, name: str, checks: Sequence[CheckResult], tests: Sequence[PackageTest]
    ) -> Iterator[Finding]:
        for check, test in zip(checks, tests, strict=False):
            if check.verdict is Verdict.JE:
                said = check.detail or check.message
                message = f"given {name} as output of {test.name}, it fails: {said}"
                yield Finding(self._path, message, is_error=True)
                return


def _flat(parts: Iterable[Iterable[Finding]]) -> Iterator[Finding]:
    return chain.from_iterable(parts)
