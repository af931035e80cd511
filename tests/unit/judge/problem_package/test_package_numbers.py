"""Numbers in packages are decimals, and finite."""

import pytest

from judge.problem_package.decimals import decimal
from tests.unit.judge.problem_package.making import (
    LEGACY,
    PROBLEM_YAML,
    changed,
    complaints,
    loaded,
    with_yaml,
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


@pytest.mark.parametrize(
    ("yaml", "name", "tags"),
    [
        ("name: 2048\nsource: 2019\nauthor: 1e3\nkeywords: 007\n", "2048", ("007",)),
        ("name: {en: 1.50}\nsource: 2019-05-03\nkeywords: [1e2, 3]\n", "1.50", ("1e2", "3")),
        ("name: 2019-05-03\nrights_owner: 1_0\nkeywords: 1e2\n", "2019-05-03", ("1e2",)),
    ],
)
def test_a_number_or_date_is_text_where_only_text_can_be(
    yaml: str, name: str, tags: tuple[str, ...]
) -> None:
    package = loaded(changed({"problem.yaml": yaml}, LEGACY))
    assert (package.names, package.tags) == ({"en": name}, tags)


def test_numbers_among_arguments_stay_as_they_are_written() -> None:
    files = {
        "problem.yaml": LATEST + "version: 1.10\ncredits: {authors: [7, {name: 8, email: 9}]}\n",
        "data/secret/test_group.yaml": "output_validator_args: [float_tolerance, 1e-06]\n",
        "data/secret/01-large.yaml": "args: [010, 1.50]\nhint: 5\n",
    }
    test = loaded(changed(files)).tests[1]
    assert test.checker_arguments == ("float_tolerance", "1e-06")
    assert test.arguments == ("010", "1.50")
    assert test.hint == {"en": "5"}


def test_a_boolean_is_no_text() -> None:
    (complaint,) = complaints(changed({"problem.yaml": "name: true\n"}, LEGACY))
    assert complaint == "problem.yaml:1: `name`: must be a mapping, not `true`"


def test_numbers_in_quotes_and_whole_fractions_are_taken() -> None:
    limits = "limits:\n  time_limit: '2'\n  memory: \"128\"\n  output: 4.0\n"
    package = loaded(changed({"problem.yaml": LATEST[: LATEST.index("limits:")] + limits}))
    assert (package.limits.cpu_s, package.limits.memory_bytes) == (2, 128 << 20)


@pytest.mark.parametrize("memory", ["128.5", "'1_000'", "true", "much"])
def test_other_values_are_no_whole_numbers(memory: str) -> None:
    limits = f"limits:\n  memory: {memory}\n"
    (complaint,) = complaints(changed({"problem.yaml": f"name: Sum\n{limits}"}, LEGACY))
    assert complaint.startswith("problem.yaml:3: `limits.memory`: ")


def test_legacy_multipliers_have_no_lower_bound_but_zero() -> None:
    yaml = "limits: {time_multiplier: 0.5, time_safety_margin: '0.9'}\n"
    package = loaded(changed({"problem.yaml": yaml}, LEGACY))
    assert (package.timing.accepted_to_limit, package.timing.limit_to_too_slow) == (0.5, 0.9)
    assert ["below 1" in str(warning) for warning in package.warnings] == [True, True]
    zero = changed({"problem.yaml": yaml.replace("0.5", "0")}, LEGACY)
    (complaint,) = complaints(zero)
    assert "should be greater than 0" in complaint
    (complaint,) = complaints(with_yaml("  time_multipliers: {ac_to_time_limit: 0.5}\n"))
    assert "should be greater than or equal to 1" in complaint
