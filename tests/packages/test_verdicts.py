"""Submissions get the verdict that their folder says, in the real jail; torch submissions with room
to spare, so that another machine's rounding changes no verdict."""

from pathlib import Path

import pytest

from judge.job import Kind
from judge.mistakes.failures import is_mutant
from judge.verdict import Verdict
from tests.packages.data import SHIPPED_PROBLEMS, Case, judged_cases, package, package_folders
from tests.packages.judging import Judgings, Outcome

CASES = list(judged_cases())
FEWEST = {"accepted": 5, "wrong_answer": 12, "run_time_error": 1}
"""How many submissions a torch package has in these folders, at least."""


def is_torch(folder: Path) -> bool:
    return folder.parent == SHIPPED_PROBLEMS and package(folder).kind is Kind.TORCH


@pytest.mark.parametrize("folder", package_folders(), ids=lambda folder: folder.name)
def test_package_is_sound(folder: Path) -> None:
    assert package(folder).slug == folder.name


@pytest.mark.parametrize(
    "folder",
    [folder for folder in package_folders() if is_torch(folder)],
    ids=lambda folder: folder.name,
)
def test_a_torch_package_has_enough_of_each_kind(folder: Path) -> None:
    for name, fewest in FEWEST.items():
        assert len(list(folder.glob(f"submissions/{name}/*.py"))) >= fewest


@pytest.mark.parametrize("case", CASES, ids=[case.id for case in CASES])
def test_verdict(case: Case, judgings: Judgings) -> None:
    outcome = judgings.of(case)
    if outcome is None:
        pytest.skip(f"no {case.submission.language} here")
    said = outcome.result.message + outcome.result.compile_output
    assert outcome.result.verdict in case.submission.expected, said
    for text in case.says:
        assert text in said
    if is_torch(case.package):
        assert_has_room(case, outcome)


def assert_has_room(case: Case, outcome: Outcome) -> None:
    """A right submission's numbers are well within the tolerance, a wrong one's well beyond."""
    if is_mutant(case.submission.expected):
        failed = [test for test, verdict in outcome.verdicts.items() if verdict is not Verdict.AC]
        error = outcome.errors.get(failed[0])
        # None: more than numbers differs.
        assert error is None or error > 2
    elif case.submission.expected == {Verdict.AC}:
        assert outcome.errors.keys() == outcome.verdicts.keys()
        assert all(error is not None and error < 0.3 for error in outcome.errors.values())
