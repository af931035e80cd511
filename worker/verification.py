"""Does a package tell right from wrong? Every submission in it is judged and must get what its
folder says: accepted ones AC, each mutant in `wrong_answer/` WA, a slow one TLE.

`verify` yields events, several submissions at a time, in the order in which they end; it knows
neither the queue nor the terminal.
"""

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from queue import SimpleQueue
from threading import Event

from judge.job import JudgeJob, Source, TestCase
from judge.limits import Usage
from judge.mutants import Failure, is_mutant
from judge.problem_package.package import PackageSubmission, ProblemPackage
from judge.result import JudgingResult, TestResult
from judge.verdict import Verdict
from worker.diagnosis import Observer, again, reproduced
from worker.judging import Compiling, Judged, TestDone, judge
from worker.languages import language, try_out
from worker.sandbox.base import Sandbox
from worker.test_data import InMemory


@dataclass(frozen=True, slots=True)
class Started:
    """Judging begins: so many submissions, each against so many tests at most."""

    submissions: int
    tests: int


@dataclass(frozen=True, slots=True)
class Progress:
    """A submission has one more test behind it."""

    path: str
    index: int
    total: int


@dataclass(frozen=True, slots=True)
class SubmissionChecked:
    """One submission's verdict beside the ones expected of it.

    `verdict` is None when it could not be judged (its language is not available here).
    `killed_by` names the tests that did not accept it; `failure` is how it failed the tests
    that it `ran`, for diagnoses.
    """

    path: str
    language: str
    expected: frozenset[Verdict]
    verdict: Verdict | None
    usage: Usage
    killed_by: tuple[str, ...]
    tests: int
    message: str
    failure: Failure
    ran: tuple[str, ...]

    @property
    def judged(self) -> bool:
        """False where its language is not available here."""
        return self.verdict is not None

    @property
    def holds(self) -> bool:
        """It got a verdict that was expected."""
        return self.verdict in self.expected

    @property
    def complaint(self) -> str:
        """Why it does not hold, in a sentence that names the file; empty when it does."""
        if self.holds:
            return ""
        if self.verdict is None:
            return f"submissions/{self.path}: not judged: {self.message}"
        wanted = " or ".join(sorted(self.expected))
        if self.verdict is Verdict.AC:
            return f"submissions/{self.path}: AC, {wanted} expected: no test sees what is wrong"
        detail = f": {self.message}" if self.message else ""
        return f"submissions/{self.path}: {self.verdict}, {wanted} expected{detail}"


@dataclass(frozen=True, slots=True)
class Verified:
    """The last event: every submission, in the package's order."""

    submissions: tuple[SubmissionChecked, ...]

    @property
    def holds(self) -> bool:
        """What could be judged got what was expected, and something was accepted."""
        judged = [one for one in self.submissions if one.judged]
        accepted = any(one.verdict is Verdict.AC for one in judged)
        return accepted and all(one.holds for one in judged)

    @property
    def complete(self) -> bool:
        """No submission was left out."""
        return all(one.judged for one in self.submissions)


VerifyEvent = Started | Progress | SubmissionChecked | Verified


def verify(
    package: ProblemPackage,
    sandbox: Sandbox,
    parallel: int = 1,
    *,
    pace: Callable[[], None] = lambda: None,
    reproduce: bool = False,
) -> Iterator[VerifyEvent]:
    """Judge every submission of `package`, `parallel` at a time; raises SandboxError.

    A caller that stops early ends it after the tests that are running. `pace` is called before
    each test, in the thread that runs it: there the caller may hold it back, or raise. With
    `reproduce` a mutant's wrong answers are asked for twice, and those that differ not kept.
    """
    verification = _Verification(package, sandbox, pace, reproduce=reproduce)
    yield Started(len(package.submissions), len(package.tests))
    done: dict[str, SubmissionChecked] = {}
    with ThreadPoolExecutor(max_workers=max(1, parallel)) as pool:
        try:
            for one in package.submissions:
                pool.submit(verification.check, one)
            while len(done) < len(package.submissions):
                event = verification.next_event()
                if isinstance(event, SubmissionChecked):
                    done[event.path] = event
                yield event
        finally:
            verification.stop()
    yield Verified(tuple(done[one.path] for one in package.submissions))


class _Verification:
    """What the threads share: the tests, the sandbox, and the queue on which they tell."""

    def __init__(
        self,
        package: ProblemPackage,
        sandbox: Sandbox,
        pace: Callable[[], None],
        *,
        reproduce: bool,
    ) -> None:
        self._pace = pace
        self._reproduce = reproduce
        self._package = package
        self._sandbox = sandbox
        self._data = InMemory()
        self._tests = cases_of(package, self._data)
        self._told: SimpleQueue[Progress | SubmissionChecked | BaseException] = SimpleQueue()
        self._stopped = Event()
        spoken = dict.fromkeys(one.language for one in package.submissions)
        self._missing = {id for id in spoken if not try_out(language(id), sandbox).available}

    def next_event(self) -> Progress | SubmissionChecked:
        """Wait for a thread to tell something; raises what it raised."""
        event = self._told.get()
        if isinstance(event, BaseException):
            raise event
        return event

    def stop(self) -> None:
        """Let the threads end after the test that each is at."""
        self._stopped.set()

    def check(self, submission: PackageSubmission) -> None:
        """Judge one submission, in a thread of its own."""
        if self._stopped.is_set():
            return
        try:
            if submission.language in self._missing:
                message = f"the language {submission.language} is not available here"
                self._told.put(
                    _checked(submission, None, [], Failure({}, {}), len(self._tests), message)
                )
                return
            self._judge(submission)
        except BaseException as error:  # noqa: BLE001 - it is raised again where it is awaited
            self._told.put(error)

    def _judge(self, submission: PackageSubmission) -> None:
        # How many tests see a mutant is worth knowing; a slow one is slow on each of them.
        mutant = not submission.expected & {Verdict.AC, Verdict.TLE}
        job = job_of(self._package, submission, self._tests)
        results: list[TestResult] = []
        observer = Observer()
        for event in judge(job, self._sandbox, self._data, every_test=mutant):
            if self._stopped.is_set():
                return
            match event:
                case TestDone(index, total, result):
                    results.append(result)
                    observer.see(event)
                    self._told.put(Progress(submission.path, index, total))
                    self._pace()
                case Compiling():
                    self._pace()
                case Judged(result):
                    failure = self._kept(job, submission, observer.failure())
                    checked = _checked(submission, result, results, failure, len(self._tests))
                    self._told.put(checked)

    def _kept(self, job: JudgeJob, submission: PackageSubmission, failure: Failure) -> Failure:
        """What of a failure is worth comparing others with."""
        if not (self._reproduce and is_mutant(submission.expected)):
            return failure
        observer = Observer()
        for event in judge(again(job, failure), self._sandbox, self._data, every_test=True):
            if self._stopped.is_set():
                break
            if isinstance(event, TestDone):
                observer.see(event)
            self._pace()
        return reproduced(job, failure, observer.failure())


def cases_of(package: ProblemPackage, data: InMemory) -> tuple[TestCase, ...]:
    """The package's tests as a judging takes them; their contents go into `data`."""
    return tuple(
        TestCase(test.name, test.sample, data.add(test.input), data.add(test.answer), test.hint)
        for test in package.tests
    )


def job_of(
    package: ProblemPackage, submission: PackageSubmission, tests: tuple[TestCase, ...]
) -> JudgeJob:
    """The judging of one of the package's own submissions."""
    return JudgeJob(
        judging_id=submission.path,
        problem=package.slug,
        version=0,
        kind=package.kind,
        source=Source(submission.language, submission.text),
        tests=tests,
        limits=package.limits,
        checker=package.checker,
        support=package.support(submission.language),
        entry=package.entry,
    )


def _checked(
    submission: PackageSubmission,
    result: JudgingResult | None,
    results: list[TestResult],
    failure: Failure,
    tests: int,
    message: str = "",
) -> SubmissionChecked:
    return SubmissionChecked(
        path=submission.path,
        language=submission.language,
        expected=submission.expected,
        verdict=result.verdict if result else None,
        usage=result.usage if result else Usage(),
        killed_by=tuple(one.name for one in results if one.verdict is not Verdict.AC),
        tests=tests,
        message=result.message or result.compile_output if result else message,
        failure=failure,
        ran=tuple(one.name for one in results),
    )
