"""Every submission gets the verdict that its folder says, in the real jail."""

import os
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from functools import cache
from pathlib import Path

import pytest

from judge.result import JudgingResult
from tests.packages.data import Case, cases, package, package_folders
from worker.judging import Judged, judge
from worker.languages import language, try_out
from worker.sandbox.base import Sandbox
from worker.test_data import InMemory
from worker.verification import cases_of, job_of

CASES = list(cases())


@cache
def is_available(sandbox: Sandbox, language_id: str) -> bool:
    return try_out(language(language_id), sandbox).available


def judged(case: Case, sandbox: Sandbox) -> JudgingResult | None:
    """None where the language is not available."""
    if not is_available(sandbox, case.submission.language):
        return None
    data = InMemory()
    whole = package(case.package)
    *_, last = judge(job_of(whole, case.submission, cases_of(whole, data)), sandbox, data)
    assert isinstance(last, Judged)
    return last.result


@pytest.fixture(scope="session")
def judgings(
    request: pytest.FixtureRequest, sandbox: Sandbox
) -> Iterator[dict[str, Future[JudgingResult | None]]]:
    """The selected cases' judgings, on all cores, in the order in which they are asked for."""
    specs = [getattr(item, "callspec", None) for item in request.session.items]
    parameters = [spec.params.get("case") for spec in specs if spec]
    wanted = [case for case in parameters if isinstance(case, Case)]
    with ThreadPoolExecutor(max_workers=os.cpu_count()) as pool:
        futures = {case.id: pool.submit(judged, case, sandbox) for case in wanted}
        yield futures
        pool.shutdown(cancel_futures=True)


@pytest.mark.parametrize("folder", package_folders(), ids=lambda folder: folder.name)
def test_package_is_sound(folder: Path) -> None:
    assert package(folder).slug == folder.name


@pytest.mark.parametrize("case", CASES, ids=[case.id for case in CASES])
def test_verdict(case: Case, judgings: dict[str, Future[JudgingResult | None]]) -> None:
    result = judgings[case.id].result()
    if result is None:
        pytest.skip(f"no {case.submission.language} here")
    said = result.message + result.compile_output
    assert result.verdict in case.submission.expected, said
    for text in case.says:
        assert text in said
