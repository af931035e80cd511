"""Verifies a package: tries its validators, and judges every submission in it. Each must get the
verdict of its folder: accepted ones AC, each mutant in `wrong_answer/` WA, a slow one TLE.

`verify` yields events, several submissions at a time, in the order in which they end; it knows
neither the queue nor the terminal. A mutant runs on every test, so that the report tells how many
tests catch it; other submissions stop at the same test as a user's submission.
"""

import math
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from queue import SimpleQueue
from threading import Event

from judge.job import JudgeJob, JudgingRules, Source, TestCase
from judge.limits import Limits, Usage
from judge.mistakes.failures import Failure, is_mutant
from judge.problem_package.package import Bound, PackageSubmission, ProblemPackage
from judge.result import JudgingResult, TestResult
from judge.verdict import Verdict
from worker.judging.diagnosis import Observer, settled
from worker.judging.judging import Compiling, Judged, TestDone, judge
from worker.judging.languages import language, try_out
from worker.judging.test_data import InMemory
from worker.packages.coverage import check_coverage
from worker.packages.expectations import Judgement, needs_more_tests, speaks_of_every_test
from worker.packages.package_checks import Finding, check_validators
from worker.packages.quiz_checks import check_quiz
from worker.packages.verification_events import (
    Progress,
    Started,
    SubmissionChecked,
    Verified,
    VerifyEvent,
)
from worker.sandbox.base import Sandbox

__all__ = [
    "Finding",
    "Progress",
    "Started",
    "SubmissionChecked",
    "Verified",
    "VerifyEvent",
    "cases_of",
    "job_of",
    "verify",
]

_LONGEST_TIME_S = 60.0
"""How long an accepted submission may take while the time limit is being found."""
_LONGEST_FACTOR = 5


def verify(
    package: ProblemPackage,
    sandbox: Sandbox,
    parallel: int = 1,
    *,
    pace: Callable[[], None] = lambda: None,
    reproduce: bool = False,
) -> Iterator[VerifyEvent]:
    """Judge every submission of `package`, `parallel` at a time; raises SandboxError.

    If the caller stops early, it ends after the running tests. `pace` is called before each test,
    in the thread that runs it: it may wait or raise. With `reproduce` a mutant is judged again, to
    separate its random results.
    """
    verification = _Verification(package, sandbox, pace, reproduce=reproduce)
    yield Started(len(package.submissions), len(package.tests))
    with ThreadPoolExecutor(max_workers=max(1, parallel)) as pool:
        try:
            findings = [
                *check_coverage(package),
                *check_quiz(package),
                *check_validators(package, sandbox, pool),
            ]
            yield from findings
            if any(finding.fatal for finding in findings):
                yield Verified((), tuple(findings), package.limits)
                return
            done: dict[str, SubmissionChecked] = {}
            for batch in verification.batches():
                for one in batch:
                    pool.submit(verification.check, one)
                for _ in batch:
                    while not isinstance(event := verification.next_event(), SubmissionChecked):
                        yield event
                    done[event.path] = event
                    yield event
                verification.find_time_limit()
            for finding in verification.time_limit_findings():
                findings.append(finding)
                yield finding
        finally:
            verification.stop()
    ordered = tuple(done[one.path] for one in package.submissions)
    yield Verified(ordered, tuple(findings), verification.limits)


class _Verification:
    """The state that the threads share: the tests, the sandbox, and the queue of their events."""

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
        self._times_s: list[float] = []
        self.limits = package.limits
        if not package.timing.fixed:
            self.limits = _with_time(package.limits, _LONGEST_TIME_S)
        spoken = dict.fromkeys(one.language for one in package.submissions)
        self._missing = {id for id in spoken if not try_out(language(id), sandbox).available}

    def batches(self) -> Iterator[list[PackageSubmission]]:
        """Yield the submissions in batches. If the package gives no time limit, those that define
        it come first: the accepted ones, then others that must keep it, with at most
        `_LONGEST_FACTOR` times the limit found so far. In a batch slow ones start first, so that
        none runs alone at the end."""
        submissions = sorted(
            self._package.submissions, key=lambda one: one.bound is not Bound.UPPER
        )
        if self._package.timing.fixed:
            yield submissions
            return
        fitting = [one for one in submissions if one.bound is Bound.LOWER]
        yield [one for one in fitting if Verdict.AC in one.expected]
        found = self.limits
        longest_s = min(_LONGEST_TIME_S, found.cpu_s * _LONGEST_FACTOR)
        self.limits = _with_time(found, longest_s)
        yield [one for one in fitting if Verdict.AC not in one.expected]
        yield [one for one in submissions if one.bound is not Bound.LOWER]

    def find_time_limit(self) -> None:
        """Set the time limit from the times of the submissions that must keep it, unless the
        package names it."""
        timing = self._package.timing
        if not timing.fixed:
            wanted_s = min(self._wanted_limit_s, _LONGEST_TIME_S)
            # At least one step, even if all submissions take less.
            limit_s = max(1, math.ceil(wanted_s / timing.resolution_s)) * timing.resolution_s
            self.limits = _with_time(self._package.limits, min(limit_s, _LONGEST_TIME_S))

    def time_limit_findings(self) -> Iterator[Finding]:
        """Warn of a found time limit that leaves less time than the package wants."""
        if not self._package.timing.fixed and self._wanted_limit_s > _LONGEST_TIME_S:
            message = (
                f"its multipliers want a time limit of {self._wanted_limit_s:.4g} s; here it is "
                f"{self.limits.cpu_s:g} s, the longest possible"
            )
            yield Finding("problem.yaml", message, is_error=False)

    @property
    def _wanted_limit_s(self) -> float:
        return max(self._times_s, default=0.0) * self._package.timing.accepted_to_limit

    def next_event(self) -> Progress | SubmissionChecked:
        """Wait for a thread's next event; raises the exception that a thread raised."""
        event = self._told.get()
        if isinstance(event, BaseException):
            raise event
        return event

    def stop(self) -> None:
        """Let each thread end after its current test."""
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
            limits = self.limits
            if submission.bound is Bound.UPPER:
                # A slow submission gets an increased limit: its verdict then says whether it fits.
                limits = _with_time(limits, limits.cpu_s * self._package.timing.limit_to_too_slow)
            job = replace(job_of(self._package, submission, self._tests), limits=limits)
            every = speaks_of_every_test(submission)
            judged = self._results(job, submission, every=every)
            if judged and not every and needs_more_tests(submission, judged[1]):
                judged = self._results(job, submission, every=True)
            if judged is None:
                return
            result, results, failure = judged
            if self._reproduce and is_mutant(submission.expected):
                # Users' failures will be compared with this one: keep only reproducible results.
                failure = settled(job, failure, self._judge_again)
            checked = _checked(submission, result, results, failure, len(self._tests))
            limit_s = self.limits.cpu_s * language(submission.language).time_factor
            judgement = Judgement(self._package, submission, result, results, limit_s)
            part = judgement.part_warning()
            checked = replace(checked, broken=judgement.broken(), part_accepted=bool(part))
            # A part of the points may come from being too slow, so that its time counts nowhere.
            warning = part or self._margin(judgement, checked)
            self._told.put(replace(checked, warning=warning))
        except BaseException as error:  # noqa: BLE001 - it is raised again where it is awaited
            self._told.put(error)

    def _results(
        self, job: JudgeJob, submission: PackageSubmission, *, every: bool
    ) -> tuple[JudgingResult, list[TestResult], Failure] | None:
        """Judge a submission once; return None if the verification is stopped."""
        results: list[TestResult] = []
        observer = Observer()
        for event in judge(job, self._sandbox, self._data, every_test=every):
            if self._stopped.is_set():
                return None
            match event:
                case TestDone(index, total, result):
                    results.append(result)
                    observer.see(event)
                    self._told.put(Progress(submission.path, index, total))
                    self._pace()
                case Compiling():
                    self._pace()
                case Judged(result):
                    return result, results, observer.failure()
        raise AssertionError("a judging ended without its last event")

    def _judge_again(self, job: JudgeJob) -> Failure:
        observer = Observer()
        for event in judge(job, self._sandbox, self._data, every_test=True):
            if self._stopped.is_set():
                break
            if isinstance(event, TestDone):
                observer.see(event)
            self._pace()
        return observer.failure()

    def _margin(self, judgement: Judgement, checked: SubmissionChecked) -> str:
        """Return a warning if the submission comes closer to the time limit than the package
        allows. If the limit itself is being found, note the submission's time for that."""
        timing = self._package.timing
        taken_s = judgement.slowest_s(Bound.LOWER)
        if not timing.fixed:
            if judgement.submission.bound is Bound.LOWER:
                factor = language(checked.language).time_factor
                # The limit is given for languages without a time factor.
                self._times_s.append(taken_s / factor)
            return ""
        tight = taken_s * timing.accepted_to_limit > judgement.limit_s
        if not (tight and checked.holds):
            return ""
        return (
            f"submissions/{checked.path}: took {taken_s:.2f} s of {judgement.limit_s:g} s; "
            f"the package wants the limit to be {timing.accepted_to_limit:g} times its time"
        )


def cases_of(package: ProblemPackage, data: InMemory) -> tuple[TestCase, ...]:
    """Return the package's tests in a judging's form; their contents go into `data`."""
    return tuple(
        TestCase(
            name=test.name,
            sample=test.sample,
            input=data.add(test.input),
            answer=data.add(test.answer),
            hint=test.hint,
            checker_arguments=test.checker_arguments,
            arguments=test.arguments,
            files={name: data.add(content) for name, content in test.files.items()},
            open=test.open,
            slow_hint=test.slow_hint,
        )
        for test in package.tests
    )


def job_of(
    package: ProblemPackage, submission: PackageSubmission, tests: tuple[TestCase, ...]
) -> JudgeJob:
    """Return the job that judges one of the package's own submissions."""
    rules = JudgingRules(
        problem=package.slug,
        version=0,
        kind=package.kind,
        limits=package.limits,
        checker=package.checker,
        validator=package.validator,
        grading=package.grading,
        entry=package.entry,
        compile_limits=package.compile_limits,
        notes=package.notes,
    )
    source = Source(submission.language, submission.text, submission.name, submission.files)
    return rules.job(submission.path, source, package.support(submission.language), tests)


def _with_time(limits: Limits, cpu_s: float) -> Limits:
    # The wall limit's surplus over the CPU limit stays the same.
    return replace(limits, cpu_s=cpu_s, wall_s=limits.wall_s - limits.cpu_s + cpu_s)


def _checked(
    submission: PackageSubmission,
    result: JudgingResult | None,
    results: list[TestResult],
    failure: Failure,
    tests: int,
    message: str = "",
) -> SubmissionChecked:
    if result is not None:
        # This message is for the author and says more than a user is told about a hidden test.
        test = result.difference.values.get("test") if result.difference else None
        message = "\n".join(filter(None, (result.message, result.compile_output)))
        if result.detail:
            message = f"{test}: {result.detail}" if test else result.detail
    return SubmissionChecked(
        path=submission.path,
        language=submission.language,
        expected=submission.expected,
        verdict=result.verdict if result else None,
        usage=result.usage if result else Usage(),
        killed_by=tuple(one.name for one in results if one.verdict is not Verdict.AC),
        tests=tests,
        message=message,
        failure=failure,
        ran=tuple(one.name for one in results),
        score=result.score if result else 0.0,
    )
