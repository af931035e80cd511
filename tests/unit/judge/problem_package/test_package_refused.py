"""What `load` refuses, and what its complaints say."""

import pytest

from judge.limits import MIB
from tests.unit.judge.problem_package.making import (
    FUNCTION,
    LEGACY,
    PROBLEM_YAML,
    SMALL,
    UUID,
    changed,
    complaints,
    loaded,
    with_yaml,
)


@pytest.mark.parametrize(
    ("changes", "complaint"),
    [
        ({"problem.yaml": None}, "problem.yaml: missing"),
        ({"data/secret/01-large.ans": None}, "data/secret/01-large.in: has no answer"),
        ({"data/secret/01-large.in": None}, "data/secret/01-large.ans: belongs to no test"),
        (
            {"data/secret/01-large.in": None, "data/secret/01-large.ans": None},
            "data/secret: no secret test",
        ),
        ({"data/secret/x.yaml": "hint: x\n"}, "data/secret/x.yaml: belongs to no test"),
        ({"statement/problem.en.md": None}, "statement: no statement; add e.g. `statement/pro"),
        ({"statement/problem.zh.md": "加\n"}, "no name; add it to `name`"),
        ({"statement/problem.md": "x\n"}, "statement/problem.md: name the language"),
        ({"submissions/accepted/sum.py": None}, "submissions/accepted: no accepted submission"),
        ({"judge.yaml": "kind: function\nentry: f\n"}, "include/python3/main.py: missing"),
        ({"judge.yaml": "kind: stdio\nhints:\n  '99': {en: x}\n"}, "judge.yaml:3: `99` names no"),
        ({"judge.yaml": "kind: stdio\nmistakes:\n  a.py: {en: x}\n"}, "judge.yaml:3: there is no"),
        ({"judge.yaml": "kind: stdio\nlanguages: [pytorch]\n"}, "judge.yaml:2: none of the lang"),
        (
            {"judge.yaml": "kind: stdio\nlanguages: [c]\ntemplates: {go: x}\n"},
            "judge.yaml:3: `go` is none of the problem's languages",
        ),
        ({"judge.yaml": "kind: stdio\nrequires: [gpu, GPU!]\n"}, "judge.yaml:2: "),
        ({"include/main.py": "x\n"}, "include/main.py: put files into"),
    ],
)
def test_missing_and_misplaced_files(changes: dict[str, str | None], complaint: str) -> None:
    assert any(complaint in text for text in complaints(changed(changes)))


def test_what_can_not_be_read_is_not_said_to_be_missing() -> None:
    files: dict[str, str | bytes] = {
        **SMALL,
        "statement/problem.en.md": b"caf\xe9",
        "submissions/accepted/sum.py": b"print(1)\0",
    }
    assert [text.split(":")[0] for text in complaints(files)] == [
        "statement/problem.en.md",
        "submissions/accepted/sum.py",
    ]


def test_function_without_entry_is_refused() -> None:
    assert complaints(changed({"judge.yaml": "kind: function\n"}, FUNCTION)) == [
        "judge.yaml:1: kind `function` needs `entry`: the name that the driver calls"
    ]


@pytest.mark.parametrize(
    ("changes", "named"),
    [
        ({"output_validator/check.java": "x\n"}, "in C, C++ and Python only"),
        ({"output_validators/check.py": "x\n"}, "calls this folder `output_validator`"),
        (
            {"output_validator/a/a.py": "x\n", "output_validator/b/b.py": "x\n"},
            "several output validators (a, b)",
        ),
        ({"output_validator/a/a.py": "x\n", "output_validator/a/b.c": "x\n"}, "several languages"),
        ({"static_validator/check.py": "x\n"}, "static validators"),
        ({"data/sample/1.interaction": "<1\n"}, "for interactive and multi-pass problems"),
        ({"data/secret/02.ans.statement": "3\n"}, "`02.in` is missing"),
        ({"data/secret/02.files/a.txt": "3\n"}, "belongs to no test"),
        ({"data/sample/test_group.yaml": "full_feedback: false\n"}, "`full_feedback: false`"),
        ({"data/secret/test_group.yaml": "scoring: {score: 3}\n"}, "yaml:1: `scoring` groups"),
        ({"data/secret/test_group.yaml": "static_validation: true\n"}, "`static_validation`"),
        ({"data/secret/test_group.yaml": "max_score: 3\n"}, "`max_score` is for scoring"),
        ({"data/testdata.yaml": "grading: custom\n"}, "`grading: custom`"),
        ({"data/testdata.yaml": "grader_flags: median\n"}, "has no `median`"),
        ({"data/testdata.yaml": "on_reject: continue\nrange: 0 1\n"}, "`range` is for scoring"),
        ({"data/testdata.yaml": "grader_flags: always_accept\n"}, "`always_accept` is for"),
        (
            {
                "data/test_group.yaml": "output_validator_args: [float_tolerance, '1', "
                "float_absolute_tolerance, '2']\n"
            },
            "one tolerance is given twice",
        ),
        ({"data/invalid_output/1.in": "1 2\n"}, "needs an `.ans` and an `.out`"),
        (
            {"data/test_group.yaml": "output_validator_args: [ignore_case]\n"},
            "yaml:1: `output_validator_args`: the default validator has no `ignore_case`",
        ),
        (
            {"data/test_group.yaml": "output_validator_args: [float_tolerance]\n"},
            "`float_tolerance` wants a number after it",
        ),
        (
            {"data/test_group.yaml": "output_validator_args: [float_tolerance, x]\n"},
            "wants a number >= 0, not `x`",
        ),
        (
            {
                "judge.yaml": "kind: stdio\nchecker: exact\n",
                "output_validator/check.py": "x\n",
            },
            "judge.yaml:2: only `checker: tensors` may stand beside an output validator",
        ),
    ],
)
def test_what_is_not_supported_is_refused_by_name(changes: dict[str, str], named: str) -> None:
    assert any(named in text for text in complaints(changed(changes)))


@pytest.mark.parametrize(
    ("more", "complaint"),
    [
        ("type: [pass-fail, scoring]\n", "problem.yaml:8: `pass-fail` and `scoring` exclude"),
        ("type: [pass-fail, interactive]\n", "problem.yaml: an interactive or multi-pass problem"),
        ("type: multi-pass\n", "problem.yaml: an interactive or multi-pass problem needs"),
        ("type: submit-answer\n", "problem.yaml: `type: submit-answer` needs `kind: quiz`"),
        ("type: [scoring, scoring]\n", "problem.yaml:8: `type` says the same thing twice"),
        ("  time_resolution: 2\n", "problem.yaml:6: `limits.time_limit` must be an integer"),
        ("  time_resolution: 0.7\n", "problem.yaml:6: `limits.time_limit` must be an integer"),
        ("  time_resolution: 6\n", "problem.yaml:6: `limits.time_limit` must be an integer"),
        ("  validation_passes: 3\n", "problem.yaml:8: `validation_passes` is for multi-pass"),
        ("languages: [kotlin]\n", "problem.yaml:8: none of these languages"),
        ("embargo_until: 2999-01-01\n", "problem.yaml:8: `embargo_until` lies ahead"),
        ("embargo_until: 2999-01-01T10:00:00Z\n", "problem.yaml:8: `embargo_until` lies ahead"),
        ("license: cc by\n", "problem.yaml:8: `cc by` needs a `rights_owner`"),
        ("license: public domain\nrights_owner: x\n", "problem.yaml:9: a problem in the public"),
    ],
)
def test_problem_yaml_refusals(more: str, complaint: str) -> None:
    found = complaints(with_yaml(more))
    assert len(found) == 1
    assert found[0].startswith(complaint)


@pytest.mark.parametrize(
    ("changes", "file", "warning"),
    [
        ({"data/generator.sh": "x\n"}, "data/generator.sh", "tests lie in `data/sample/`"),
        ({"data/1.in": "1 1\n"}, "data/1.in", "tests lie in `data/sample/`"),
        ({"data/bad/1.in": "1 1\n"}, "data/bad/1.in", "the format has no folder `bad`"),
        ({"data/secret/x.output": "1\n"}, "data/secret/x.output", "`.output` is no kind of"),
        ({"data/secret/g/make.py": "1\n"}, "data/secret/g/make.py", "`.py` is no kind of"),
        ({"data/sample/Makefile": "1\n"}, "data/sample/Makefile", "`Makefile` is no kind of"),
        ({"submissions/sum.py": "x\n"}, "submissions/sum.py", "put it in a folder"),
        (
            {"submissions/acepted/a.py": "x\n"},
            "submissions/acepted/a.py",
            "`acepted` stands for no verd",
        ),
        (
            {"submissions/submissions.yaml": "accepted/b.py: {}\n"},
            "submissions/submissions.yaml",
            "`accepted/b.py` matches no submission",
        ),
        (
            {"submissions/submissions.yaml": "accepted:\n  secret/none: {permitted: [AC]}\n"},
            "submissions/submissions.yaml",
            "`secret/none` matches no test and no group",
        ),
    ],
)
def test_what_is_left_out_is_warned_of(
    changes: dict[str, str | None], file: str, warning: str
) -> None:
    package = loaded(changed(changes))
    (found,) = package.warnings
    assert found.file == file
    assert warning in found.message
    whole = loaded(SMALL)
    assert package.tests == whole.tests
    assert [one.path for one in package.submissions] == [one.path for one in whole.submissions]


def test_many_files_that_are_left_out_are_one_warning() -> None:
    files = changed({f"data/secret/{number}.log": "x\n" for number in range(9)})
    (found,) = loaded(files).warnings
    assert str(found).startswith("data/secret: left out: `0.log`, `1.log`, `2.log` and 6 more")


def test_legacy_knows_few_files_of_a_test() -> None:
    package = loaded(changed({"data/secret/notes.yaml": "x: 1\n"}, LEGACY))
    assert "belongs to no test" in package.warnings[0].message
    assert "belongs to no test" in complaints(changed({"data/secret/x.hint": "x\n"}, LEGACY))[0]


def test_samples_may_lie_in_folders_that_are_no_groups() -> None:
    more = {"data/sample/a/2.in": "1 1\n", "data/sample/a/2.ans": "2\n"}
    assert [test.name for test in loaded(changed(more)).tests if test.sample] == [
        "sample/1",
        "sample/a/2",
    ]


def test_uuid_is_required_since_2025_09() -> None:
    yaml = PROBLEM_YAML.replace(f"uuid: {UUID}\n", "")
    assert complaints(changed({"problem.yaml": yaml})) == []
    (found,) = complaints(changed({"problem.yaml": yaml.replace("2023-07-draft", "2025-09")}))
    assert "the key `uuid` is missing; make one with" in found


@pytest.mark.parametrize(("limit", "resolution"), [("0.3", "0.1"), ("2.5", "0.5"), ("4", "2")])
def test_time_limits_that_are_multiples_in_decimal(limit: str, resolution: str) -> None:
    yaml = PROBLEM_YAML.replace("time_limit: 3", f"time_limit: {limit}")
    assert complaints(changed({"problem.yaml": f"{yaml}  time_resolution: {resolution}\n"})) == []


@pytest.mark.parametrize(
    ("yaml", "warning"),
    [
        ("source_url: x\n", "problem.yaml:1: the format wants no `source_url`"),
        ("name: x\nlicense: cc by\n", "problem.yaml:2: `cc by` wants a `rights_owner`"),
        ("license: public domain\nrights_owner: x\n", "problem.yaml:2: a problem in the public"),
        ("grading: {show_test_data_groups: yes}\n", "problem.yaml:1: `grading` has no meaning"),
    ],
)
def test_legacy_oddities_are_warned_of(yaml: str, warning: str) -> None:
    (found,) = loaded(changed({"problem.yaml": yaml}, LEGACY)).warnings
    assert str(found).startswith(warning)


@pytest.mark.parametrize(
    ("yaml", "complaint"),
    [
        ("name: x\nvalidation: custom\n", "problem.yaml: `validation: custom` needs a validator"),
        ("name: x\nvalidation: other\n", "problem.yaml:2: `validation: other` must be `default`"),
        ("grading: {objective: min}\n", "problem.yaml:1: `objective: min` is not supported"),
        ("validator_flags: tolerance 3\n", "problem.yaml: `validator_flags`: the default"),
        ("statement: x\n", "problem.yaml:1: unknown key `statement`"),
    ],
)
def test_legacy_refusals(yaml: str, complaint: str) -> None:
    found = complaints(changed({"problem.yaml": yaml}, LEGACY))
    assert len(found) == 1
    assert found[0].startswith(complaint)


@pytest.mark.parametrize("said", ["2024-01", "draft", "3", "[a]", "null"])
def test_unknown_version(said: str) -> None:
    yaml = PROBLEM_YAML.replace("2023-07-draft", said)
    (found,) = complaints(changed({"problem.yaml": yaml}))
    assert found.startswith("problem.yaml:1: `problem_format_version: ")
    assert "known are legacy, 2023-07-draft, 2025-09" in found


def test_all_complaints_come_at_once() -> None:
    files: dict[str, str | bytes] = {
        **changed(
            {
                "problem.yaml": PROBLEM_YAML + "type: submit-answer\n",
                "judge.yaml": "kind: stdio\nhint: {}\n",
                "data/secret/01-large.ans": None,
                "data/secret/02.in": "1 1\n",
            }
        ),
        "data/secret/02.ans": b"\xff\n",
        "submissions/wrong_answer/a.py": b"\xe9",
    }
    assert [text.split(": ")[0] for text in complaints(files)] == [
        "data/secret/01-large.in",
        "data/secret/02.ans:1",
        "judge.yaml:2",
        "problem.yaml",
        "submissions/wrong_answer/a.py:1",
    ]


@pytest.mark.parametrize("slug", ["Sum", "two-sum", "", "../x", "和", "a" * 65])
def test_slug_must_be_plain(slug: str) -> None:
    assert any("lower-case letters and digits" in text for text in complaints(SMALL, slug))


def test_answer_longer_than_the_output_limit_is_refused() -> None:
    files = changed(
        {
            "problem.yaml": PROBLEM_YAML + "  output: 1\n",
            "data/secret/01-large.ans": "1" * (MIB + 1),
        }
    )
    assert "longer than the output limit of 1 MiB" in complaints(files)[0]
