"""Every submission gets the verdict that its folder says, in the real jail."""

from pathlib import Path

import pytest

from tests.packages.data import Case, cases, package, package_folders
from tests.packages.judging import Judgings

# The first to ask waits for all that a package's mutants have to be judged for.
pytestmark = pytest.mark.timeout(1500)

CASES = list(cases())


@pytest.mark.parametrize("folder", package_folders(), ids=lambda folder: folder.name)
def test_package_is_sound(folder: Path) -> None:
    assert package(folder).slug == folder.name


@pytest.mark.parametrize("case", CASES, ids=[case.id for case in CASES])
def test_verdict(case: Case, judgings: Judgings) -> None:
    outcome = judgings.of(case)
    if outcome is None:
        pytest.skip(f"no {case.submission.language} here")
    said = outcome.result.message + outcome.result.compile_output
    assert outcome.result.verdict in case.submission.expected, said
    for text in case.says:
        assert text in said
