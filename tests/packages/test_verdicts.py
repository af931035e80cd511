"""Every submission gets the verdict that its folder says, in the real jail."""

from functools import cache

import pytest

from judge.result import JudgingResult
from tests.packages.data import Case, cases, package
from worker.judging import Judged, judge
from worker.languages import language, try_out
from worker.sandbox.base import Sandbox
from worker.test_data import InMemory
from worker.verification import cases_of, job_of

CASES = list(cases())


@cache
def is_available(sandbox: Sandbox, language_id: str) -> bool:
    return try_out(language(language_id), sandbox).available


def judged(case: Case, sandbox: Sandbox) -> JudgingResult:
    data = InMemory()
    whole = package(case.package)
    job = job_of(whole, case.submission, cases_of(whole, data))
    *_, last = judge(job, sandbox, data)
    assert isinstance(last, Judged)
    return last.result


@pytest.mark.parametrize("case", CASES, ids=[case.id for case in CASES])
def test_verdict(case: Case, sandbox: Sandbox) -> None:
    if not is_available(sandbox, case.submission.language):
        pytest.skip(f"no {case.submission.language} here")
    result = judged(case, sandbox)
    said = result.message + result.compile_output
    assert result.verdict in case.submission.expected, said
    for text in case.says:
        assert text in said
