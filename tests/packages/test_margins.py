"""How near each torch submission comes to the tolerance: right ones keep far below it, mutants are
far beyond, so that another machine's rounding changes no verdict."""

from pathlib import Path

import pytest

from judge.job import Kind
from judge.verdict import Verdict
from tests.packages.data import SHIPPED_PROBLEMS, Case, cases, package
from tests.packages.judging import Judgings, Outcome

FEWEST = {"accepted": 5, "wrong_answer": 12, "run_time_error": 1}
"""How many submissions a package has in these folders, at least."""
TORCH = [
    case
    for case in cases()
    if case.package.parent == SHIPPED_PROBLEMS
    and package(case.package).kind is Kind.TORCH
    and case.submission.path.endswith(".py")
]
PACKAGES = sorted({case.package for case in TORCH})


def of_folder(name: str) -> list[Case]:
    return [case for case in TORCH if case.submission.path.startswith(f"{name}/")]


def judged(case: Case, judgings: Judgings) -> Outcome:
    outcome = judgings.of(case)
    if outcome is None:
        pytest.skip(f"no {case.submission.language} here")
    return outcome


def first_failure(outcome: Outcome) -> tuple[Verdict, float | None]:
    failed = [test for test, verdict in outcome.verdicts.items() if verdict is not Verdict.AC]
    assert failed
    return outcome.verdicts[failed[0]], outcome.errors.get(failed[0])


@pytest.mark.parametrize("folder", PACKAGES, ids=lambda folder: folder.name)
def test_a_package_has_enough_of_each_kind(folder: Path) -> None:
    for name, fewest in FEWEST.items():
        assert len([case for case in of_folder(name) if case.package == folder]) >= fewest


@pytest.mark.parametrize("case", of_folder("accepted"), ids=lambda case: case.id)
def test_every_right_style_is_accepted_with_room_to_spare(case: Case, judgings: Judgings) -> None:
    outcome = judged(case, judgings)
    assert set(outcome.verdicts.values()) == {Verdict.AC}
    assert outcome.errors.keys() == outcome.verdicts.keys()
    errors = [error for error in outcome.errors.values() if error is not None]
    assert len(errors) == len(outcome.errors)
    assert max(errors) < 0.3


@pytest.mark.parametrize("case", of_folder("wrong_answer"), ids=lambda case: case.id)
def test_every_mutant_is_seen_with_a_margin(case: Case, judgings: Judgings) -> None:
    verdict, error = first_failure(judged(case, judgings))
    assert verdict is Verdict.WA
    # None: more than numbers differs.
    assert error is None or error > 2


@pytest.mark.parametrize("case", of_folder("run_time_error"), ids=lambda case: case.id)
def test_broken_submissions_die(case: Case, judgings: Judgings) -> None:
    verdict, _ = first_failure(judged(case, judgings))
    # Who runs out of memory has a run-time error for the format, which has no verdict MLE.
    assert verdict in (Verdict.RTE, Verdict.MLE)
    assert verdict in case.submission.expected
