"""Each fault gives one complaint, which says what to do; intended things give no warning. The
faults are common in packages of other judges.
"""

import pytest

from tests.unit.judge.problem_package.making import (
    LEGACY,
    PROBLEM_YAML,
    SMALL,
    changed,
    complaints,
    loaded,
)

SCORED = "name: Sum\ntype: scoring\n"


def legacy(changes: dict[str, str | None]) -> dict[str, str]:
    return changed(changes, LEGACY)


def test_a_grader_program_is_refused_once_and_its_flags_are_its_own() -> None:
    files = legacy(
        {
            "problem.yaml": SCORED,
            "graders/grader.py": "print('AC 1')\n",
            "data/testdata.yaml": "on_reject: continue\ngrading: custom\ngrader_flags: total=9\n",
            # What these say is inherited or said once more.
            "data/sample/testdata.yaml": "grader_flags: part=0\n",
            "data/secret/testdata.yaml": "grading: custom\ngrader_flags: part=9\n",
        }
    )
    assert complaints(files) == [
        "data/testdata.yaml:2: `grading: custom` (a grader program) is not supported here; use the "
        "default grader's flags"
    ]


def test_a_group_may_go_back_to_the_default_grader() -> None:
    files = legacy(
        {
            "problem.yaml": SCORED,
            "data/testdata.yaml": "grading: custom\n",
            "data/secret/testdata.yaml": "grading: default\ngrader_flags: median\n",
        }
    )
    assert [text.split(":")[0] for text in complaints(files)] == [
        "data/secret/testdata.yaml",
        "data/testdata.yaml",
    ]


def test_a_grader_program_that_no_group_asks_for_is_left_out() -> None:
    package = loaded(legacy({"graders/grader.py": "print('AC 1')\n"}))
    assert [str(one) for one in package.warnings] == [
        "graders/grader.py: not used: grader programs are for groups that say `grading: custom`"
    ]


@pytest.mark.parametrize(
    ("yaml", "complaint"),
    [
        (
            "name: Sum\nlimits:\n  time_limit: 2\n",
            "problem.yaml:3: version legacy has no key `limits.time_limit`, version 2025-09 has; "
            "take it out, or change `problem_format_version`",
        ),
        (
            "name: Sum\nconstants:\n  n: 2\n",
            "problem.yaml:2: version legacy has no key `constants`, version 2025-09 has; take it "
            "out, or change `problem_format_version`",
        ),
        (
            f"{PROBLEM_YAML}source_url: https://example.org\n",
            "problem.yaml:8: version 2023-07-draft has no key `source_url`, version legacy has; "
            "take it out, or change `problem_format_version`",
        ),
        (
            # A key that neither has may be misspelt.
            "name: Sum\nlimits:\n  memmory: 2\n",
            "problem.yaml:3: unknown key `limits.memmory`; did you mean `memory`?",
        ),
    ],
)
def test_a_key_of_another_version_is_not_called_misspelt(yaml: str, complaint: str) -> None:
    base = SMALL if "problem_format_version" in yaml else LEGACY
    assert complaints(changed({"problem.yaml": yaml}, base)) == [complaint]


def test_legacy_icpc_is_read_as_legacy() -> None:
    yaml = LEGACY["problem.yaml"] + "problem_format_version: legacy-icpc\n"
    package = loaded(legacy({"problem.yaml": yaml}))
    assert package.names == {"en": "Sum"}
    assert package.checker.arguments == ("float_tolerance", "1e-6")


@pytest.mark.parametrize(
    ("found", "right"),
    [("problem.pdf", "problem.en.pdf"), ("problem.zh.tex", "problem.zh.tex")],
)
def test_a_statement_at_the_top_is_to_be_moved(found: str, right: str) -> None:
    files = legacy({"problem_statement/problem.md": None, found: "%PDF"})
    assert complaints(files) == [
        f"problem_statement: no statement; move `{found}` to `problem_statement/{right}`"
    ]


def test_none_accepted_is_not_told_as_a_language_that_is_missing() -> None:
    nothing = {"submissions/accepted/sum.py": None}
    assert complaints(changed(nothing)) == [
        "submissions/accepted: no accepted submission; add one at least"
    ]
    (complaint,) = complaints(changed({**nothing, "submissions/accepted/sum.kt": "fun main() {}"}))
    assert complaint.startswith("submissions/accepted: no accepted submission in a language known")


def same_inputs(folder: str, count: int) -> dict[str, str | None]:
    return {
        f"{folder}/{number}{suffix}": text
        for number in range(count)
        for suffix, text in ((".in", "5 6\n"), (".ans", "11\n"))
    }


def test_many_equal_inputs_are_one_warning_more() -> None:
    warnings = [str(one) for one in loaded(changed(same_inputs("data/secret/more", 10))).warnings]
    assert len(warnings) == 4
    assert warnings[-1] == "data: 7 more with the input of another test"


def test_many_files_of_windows_are_one_warning_more() -> None:
    tests: dict[str, str | None] = {
        f"data/secret/{number}{suffix}": f"{number}\r\n7"
        for number in range(2)
        for suffix in (".in", ".ans")
    }
    warnings = [str(one) for one in loaded(changed(tests)).warnings]
    assert len(warnings) == 8
    assert warnings[3] == "data: 1 more with CR LF line ends"
    assert warnings[7] == "data: 1 more without a newline at the end"


def test_a_group_with_points_may_have_the_tests_of_another() -> None:
    groups = {**same_inputs("data/secret/a", 1), **same_inputs("data/secret/b", 1)}
    scored = legacy({"problem.yaml": SCORED, **groups})
    assert loaded(scored).warnings == ()
    # Without points each test is judged, and must pass.
    assert len(loaded(legacy(groups)).warnings) == 2


def test_to_a_validator_another_answer_is_another_test() -> None:
    other = {"data/secret/02.in": "5 6\n", "data/secret/02.ans": "about 11\n"}
    validator = {"output_validator/check.py": "raise SystemExit(42)\n"}
    assert len(loaded(changed({**other})).warnings) == 1
    assert loaded(changed({**other, **validator})).warnings == ()
