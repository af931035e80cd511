"""Numbers in packages are decimals, and finite."""

import pytest

from judge.problem_package.decimals import decimal
from tests.unit.judge.problem_package.making import (
    LEGACY,
    PROBLEM_YAML,
    changed,
    complaints,
    loaded,
)


@pytest.mark.parametrize(
    ("text", "value"),
    [("1", 1), ("+1.", 1), ("-.5", -0.5), ("007.25", 7.25), ("1E+3", 1000), ("2e-2", 0.02)],
)
def test_decimals_of_the_format(text: str, value: float) -> None:
    assert decimal(text) == value


@pytest.mark.parametrize(
    "text",
    ["", ".", "e5", "1e", "1_000", "0x1p3", "nan", "inf", "1 2", "1\n", "1e400", "\u0661", "1,5"],
)
def test_other_words_are_no_decimals(text: str) -> None:
    with pytest.raises(ValueError, match="is not a number"):
        decimal(text)


SCORING = LEGACY["problem.yaml"] + "type: scoring\n"
LATEST = PROBLEM_YAML.replace("2023-07-draft", "2025-09")


@pytest.mark.parametrize(
    ("key", "said"),
    [
        ("accept_score: .nan", "finite"),
        ("accept_score: .inf", "finite"),
        ("accept_score: '1_0'", "is not a number"),
        ("reject_score: -1e16", "greater than or equal to"),
        ("reject_score: '0x10'", "is not a number"),
        ("range: 0 nan", "is not a number"),
        ("range: 100 0", "give the lower end first"),
        (f"accept_score: 1{'0' * 400}", "finite"),
        ("output_validator_flags: float_tolerance 1_0", "wants a number"),
        ("output_validator_flags: float_tolerance nan", "wants a number"),
        ("output_validator_flags: float_tolerance 1e400", "wants a number"),
    ],
)
def test_numbers_of_legacy_groups(key: str, said: str) -> None:
    files = changed({"problem.yaml": SCORING, "data/testdata.yaml": f"{key}\n"}, LEGACY)
    (complaint,) = complaints(files)
    assert complaint.startswith("data/testdata.yaml:1: ")
    assert said in complaint


def test_a_range_may_be_open() -> None:
    files = {"problem.yaml": SCORING, "data/testdata.yaml": "range: -inf +inf\n"}
    grading = loaded(changed(files, LEGACY)).grading
    assert grading is not None
    assert grading.most is None


@pytest.mark.parametrize(
    "limits",
    [
        "time_multipliers: {ac_to_time_limit: .inf}",
        "time_multipliers: {time_limit_to_tle: .nan}",
        "time_resolution: .inf",
        "time_resolution: 61",
        "time_resolution: 1e-320",
        "time_limit: .nan",
    ],
)
def test_numbers_of_limits(limits: str) -> None:
    yaml = LATEST[: LATEST.index("limits:")] + f"limits:\n  {limits}\n"
    (complaint,) = complaints(changed({"problem.yaml": yaml}))
    assert complaint.startswith("problem.yaml:")
    assert "should be" in complaint


def test_a_group_has_no_more_points_than_can_be_counted() -> None:
    yaml = f"max_score: 1{400 * '0'}\n"
    files = {"problem.yaml": LATEST + "type: scoring\n", "data/secret/test_group.yaml": yaml}
    (complaint,) = complaints(changed(files))
    assert "less than or equal to 1000000000000000" in complaint
