"""The judgings that the tests of packages ask for: each once a session, on all cores."""

import os
from collections.abc import Iterable, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from functools import cache

from judge.job import JudgeJob
from judge.mistakes.failures import Failure, is_mutant
from judge.problem_package.package import ProblemPackage
from judge.result import JudgingResult
from judge.tensor_text import FormatError
from judge.verdict import Verdict
from tests.packages.data import Case, package
from tests.packages.margins import Recording, greatest_error
from worker.judging.diagnosis import Observer
from worker.judging.judging import Judged, TestDone, judge
from worker.judging.languages import language, try_out
from worker.judging.test_data import InMemory
from worker.packages.verification import cases_of, job_of
from worker.sandbox.base import Sandbox


@dataclass(frozen=True)
class Outcome:
    """What came of one case, and how it failed the tests that it ran; in the order in which they
    ran each test's verdict and, of tensors, its greatest error (see `margins`)."""

    result: JudgingResult
    failure: Failure
    verdicts: Mapping[str, Verdict]
    errors: Mapping[str, float | None]

    @property
    def ran(self) -> tuple[str, ...]:
        return tuple(self.verdicts)


class Judgings:
    """Judges cases in the order in which they are asked for; those of `soon` come first."""

    def __init__(self, sandbox: Sandbox, soon: Iterable[Case]) -> None:
        self._sandbox = sandbox
        self._data = InMemory()
        self._is_available = cache(lambda id: try_out(language(id), sandbox).available)
        self._pool = ThreadPoolExecutor(max_workers=os.cpu_count())
        self._futures: dict[tuple[str, str], Future[Outcome | None]] = {}
        for case in soon:
            self._begin(case)

    def of(self, case: Case) -> Outcome | None:
        """Return the outcome of a case; None if its language is not available."""
        return self._begin(case).result()

    def close(self) -> None:
        """Judge no more."""
        self._pool.shutdown(cancel_futures=True)

    def _begin(self, case: Case) -> Future[Outcome | None]:
        key = case.id, case.submission.text
        if key not in self._futures:
            self._futures[key] = self._pool.submit(self._judge, case)
        return self._futures[key]

    def _judge(self, case: Case) -> Outcome | None:
        if not self._is_available(case.submission.language):
            return None
        # A package's own mutant has its verdict at the first test that it fails; how it fails
        # the others is asked only of programs that must be told their line.
        whole = package(case.package)
        brief = case.submission in whole.submissions and is_mutant(case.submission.expected)
        job = job_of(whole, case.submission, cases_of(whole, self._data))
        return self._judged(whole, job, brief=brief and job.grading is None)

    def _judged(self, whole: ProblemPackage, job: JudgeJob, *, brief: bool) -> Outcome:
        sandbox = Recording(self._sandbox)
        observer = Observer()
        verdicts: dict[str, Verdict] = {}
        for event in judge(job, sandbox, self._data):
            if isinstance(event, TestDone):
                observer.see(event)
                verdicts[event.result.name] = event.result.verdict
                if brief and event.result.verdict is not Verdict.AC:
                    result = JudgingResult(event.result.verdict, event.result.usage, 0.0)
                    break
            elif isinstance(event, Judged):
                result = event.result
        tensors = whole.tests if job.checker.name == "tensors" else ()
        outputs = {test.name: sandbox.outputs.get(test.input) for test in tensors}
        errors = {
            test.name: _error(verdicts[test.name], test.answer, output)
            for test in tensors
            if test.name in verdicts and (output := outputs[test.name]) is not None
        }
        return Outcome(result, observer.failure(), verdicts, errors)


def _error(verdict: Verdict, answer: bytes, output: bytes) -> float | None:
    try:
        error = greatest_error(answer, output)
    except FormatError:  # a forged answer
        return None
    # Where the numbers fit, a wrong answer is wrong in something else.
    return None if verdict is Verdict.WA and error is not None and error <= 1 else error
