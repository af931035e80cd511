"""What `load` makes of a package, and every reason for which it refuses one."""

import pytest

from judge.job import CheckerSpec, Kind
from judge.limits import MIB
from judge.problem_package.package import LANGUAGES
from judge.verdict import Verdict
from tests.unit.judge.problem_package.making import (
    FUNCTION,
    LEGACY,
    PROBLEM_YAML,
    SMALL,
    changed,
    complaints,
    loaded,
)

CRASHES = frozenset({Verdict.RTE, Verdict.MLE, Verdict.OLE, Verdict.SV})


def with_yaml(more: str) -> dict[str, str]:
    return changed({"problem.yaml": PROBLEM_YAML + more})


def test_smallest_package() -> None:
    package = loaded(SMALL)
    assert (package.slug, package.names, package.kind) == ("sum", {"en": "Sum"}, Kind.STDIO)
    assert package.limits.cpu_s == 3
    assert package.limits.wall_s == 12
    assert package.limits.memory_bytes == 128 * MIB
    assert package.checker == CheckerSpec("tokens", ())
    assert package.languages == tuple(language for language in LANGUAGES if language != "pytorch")
    assert [(t.name, t.sample, t.input, t.answer) for t in package.tests] == [
        ("sample/1", True, b"1 2\n", b"3\n"),
        ("secret/01-large", False, b"5 6\n", b"11\n"),
    ]
    assert [(s.path, s.language, s.expected) for s in package.submissions] == [
        ("accepted/sum.py", "python3", {Verdict.AC})
    ]
    assert (package.difficulty, package.entry, package.warnings) == ("medium", None, ())


def test_hash_is_over_names_and_contents() -> None:
    hashes = {
        loaded(files).sha256
        for files in (
            SMALL,
            changed({"data/secret/01-large.in": "6 5\n"}),
            changed({"data/secret/02.in": "1 1\n", "data/secret/02.ans": "2\n"}),
            changed({"README.md": "x"}),
        )
    }
    assert len(hashes) == 4
    assert loaded(dict(reversed(SMALL.items()))).sha256 == loaded(SMALL).sha256


def test_package_with_a_driver_is_a_function() -> None:
    package = loaded(changed({"judge.yaml": None}, FUNCTION))
    assert (package.kind, package.entry) == (Kind.FUNCTION, None)
    assert package.support("python3") == {"main.py": b"from runner import harness\n"}
    assert package.support("cpp") == {}


def test_judge_yaml() -> None:
    judge = """\
kind: function
difficulty: easy
tags: [sums]
entry: add
languages: [python3, cpp]
checker: exact
templates: {python3: "def add(a, b): ...", cpp: "int main() {}"}
hints:
  "01-*": {en: Large numbers., zh: 大数。}
mistakes:
  off.py: {en: Adds one too much., zh: 多加了一。}
"""
    files = changed(
        {"judge.yaml": judge, "submissions/wrong_answer/off.py": "def add(a, b): ...\n"}, FUNCTION
    )
    package = loaded(files)
    assert (package.difficulty, package.tags, package.entry) == ("easy", ("sums",), "add")
    assert package.languages == ("python3", "cpp")
    assert package.checker == CheckerSpec("exact", ())
    assert package.templates["cpp"] == "int main() {}"
    assert [dict(t.hint) for t in package.tests] == [{}, {"en": "Large numbers.", "zh": "大数。"}]
    assert package.mistakes == {"off.py": {"en": "Adds one too much.", "zh": "多加了一。"}}


def test_torch_takes_the_python_driver_and_pytorch_submissions() -> None:
    judge = "kind: torch\nentry: Layer\nchecker: tensors\n"
    package = loaded(
        changed(
            {
                "judge.yaml": judge,
                "include/pytorch/extra.py": "x = 1\n",
                "include/default/data.txt": "d\n",
                "data/testdata.yaml": "output_validator_flags: float_tolerance 1e-4\n",
            },
            FUNCTION,
        )
    )
    assert (package.kind, package.languages) == (Kind.TORCH, ("pytorch",))
    assert package.submissions[0].language == "pytorch"
    assert sorted(package.support("pytorch")) == ["data.txt", "extra.py", "main.py"]
    assert package.checker == CheckerSpec("tensors", ("float_tolerance", "1e-4"))


@pytest.mark.parametrize("version", ["legacy", "2023-07-draft", "2023-07", "2025-09"])
def test_versions(version: str) -> None:
    if version == "legacy":
        package = loaded(LEGACY)
        assert package.uuid is None
        assert package.tags == ("easy", "sums")
        assert package.checker.arguments == ("float_tolerance", "1e-6")
        assert package.names == {"en": "Sum"}
        assert package.limits.memory_bytes == 1024 * MIB
    else:
        yaml = PROBLEM_YAML.replace("2023-07-draft", version)
        package = loaded(changed({"problem.yaml": yaml}))
        assert package.uuid == "0f6e3c0a-52a3-4d0e-9a55-0a3d3f4b7c11"
    assert package.statements == {"en": "Add two numbers.\n"}


def test_draft_reads_both_names_of_group_files_and_2025_09_one() -> None:
    old = {"data/testdata.yaml": "output_validator_flags: case_sensitive\n"}
    new = {"data/test_group.yaml": "output_validator_args: [case_sensitive]\n"}
    latest = {"problem.yaml": PROBLEM_YAML.replace("2023-07-draft", "2025-09")}
    assert loaded(changed(old)).checker.arguments == ("case_sensitive",)
    assert loaded(changed(new)).checker.arguments == ("case_sensitive",)
    assert loaded(changed(new | latest)).checker.arguments == ("case_sensitive",)
    assert complaints(changed(old | latest)) == [
        "data/testdata.yaml: version 2025-09 calls this file `test_group.yaml`; rename it"
    ]


def test_groups_inherit_and_tests_come_in_the_order_of_names() -> None:
    files = changed(
        {
            "data/test_group.yaml": "output_validator_args: [case_sensitive]\nhint: Outer.\n",
            "data/secret/b/test_group.yaml": "hint: Inner.\n",
            "data/secret/b/1.in": "1 1\n",
            "data/secret/b/1.ans": "2\n",
            "data/secret/a.in": "1 1\n",
            "data/secret/a.ans": "2\n",
            "data/secret/a.yaml": "hint: Own.\ndescription: why\n",
        }
    )
    package = loaded(files)
    assert [(t.name, t.hint) for t in package.tests] == [
        ("sample/1", {"en": "Outer."}),
        ("secret/01-large", {"en": "Outer."}),
        ("secret/a", {"en": "Own."}),
        ("secret/b/1", {"en": "Inner."}),
    ]


def test_constants_are_filled_in_where_the_format_says() -> None:
    files = changed(
        {
            "problem.yaml": PROBLEM_YAML + "constants: {max_n: 10, word: '{{max_n}}'}\n",
            "statement/problem.en.md": "At most {{max_n}}, {{word}}, {{other}}.\n",
            "submissions/accepted/sum.py": "LIMIT = {{max_n}}\n",
            "data/secret/01-large.in": "{{max_n}}\n",
        }
    )
    package = loaded(files)
    assert package.statements["en"] == "At most 10, {{max_n}}, {{other}}.\n"
    assert package.submissions[0].text == "LIMIT = 10\n"
    assert package.tests[1].input == b"{{max_n}}\n"


def test_submission_folders_and_languages() -> None:
    source = "x\n"
    files = changed(
        {
            "submissions/wrong_answer/a.cc": source,
            "submissions/time_limit_exceeded/b.rs": source,
            "submissions/run_time_error/c.java": source,
            "submissions/rejected/d.js": source,
            "submissions/brute_force/e.go": source,
            "submissions/accepted/one/f.c": source,
            "submissions/accepted/g.hs": source,
            "submissions/accepted/README.md": source,
        }
    )
    package = loaded(files)
    got = {s.path: (s.language, s.expected) for s in package.submissions}
    assert got == {
        "accepted/sum.py": ("python3", {Verdict.AC}),
        "accepted/one": ("c", {Verdict.AC}),
        "wrong_answer/a.cc": ("cpp", {Verdict.WA}),
        "time_limit_exceeded/b.rs": ("rust", {Verdict.TLE}),
        "run_time_error/c.java": ("java", CRASHES),
        "rejected/d.js": ("javascript", {Verdict.WA, Verdict.TLE} | CRASHES),
        "brute_force/e.go": ("go", {Verdict.TLE} | CRASHES),
    }
    assert [warning.file for warning in package.warnings] == ["submissions/accepted/g.hs"]


def test_submissions_yaml() -> None:
    rules = """\
accepted/*: {authors: Ann <ann@example.org>, model_solution: true}
wrong_answer/slow_{a,b}.py: {permitted: [AC, WA, TLE], required: [WA]}
wrong_answer/*.txt: {language: python3}
mixed: {permitted: [WA, TLE], use_for_time_limit: false}
"""
    files = changed(
        {
            "submissions/submissions.yaml": rules,
            "submissions/wrong_answer/slow_a.py": "x\n",
            "submissions/wrong_answer/c.txt": "x\n",
            "submissions/mixed/d.py": "x\n",
        }
    )
    got = {s.path: s.expected for s in loaded(files).submissions}
    assert got == {
        "accepted/sum.py": {Verdict.AC},
        "wrong_answer/slow_a.py": {Verdict.WA},
        "wrong_answer/c.txt": {Verdict.WA},
        "mixed/d.py": {Verdict.WA, Verdict.TLE},
    }


@pytest.mark.parametrize(
    ("rules", "complaint"),
    [
        ("accepted/*:\n  score: 3\n", "yaml:2: `score` is for scoring problems only"),
        ("accepted/*:\n  secret/a: {premitted: [AC]}\n", "yaml:2: unknown key `premitted`; did"),
        ("accepted/*:\n  secret/a: {language: c}\n", "yaml:2: `language` is for a whole"),
        ("accepted/*:\n  langauge: python3\n", "yaml:2: unknown key `langauge`; did you mean"),
        ("accepted/*:\n  permitted: [OK]\n", "yaml:2: `permitted.0`"),
        ("accepted/*: WA\n", "yaml:1: `accepted/*` must be a mapping"),
        ("accepted/b.py: {}\n", "yaml:1: `accepted/b.py` matches no submission"),
        ("accepted/sum.py: {required: [WA]}\n", "yaml:1: no verdict is both permitted and"),
        ("accepted/{{a,b},{c,d},{e,f},{g,h},{i,j}}: {}\n", "yaml:1: too many alternatives"),
    ],
)
def test_submissions_yaml_is_checked(rules: str, complaint: str) -> None:
    found = complaints(changed({"submissions/submissions.yaml": rules}))
    assert any(f"submissions/submissions.{complaint}" in text for text in found)


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
        ({"data/1.in": "1 1\n"}, "data/1.in: `data/` itself holds no files"),
        ({"data/secret/x.output": "1\n"}, "data/secret/x.output: `.output` is no kind of"),
        ({"data/secret/x.yaml": "hint: x\n"}, "data/secret/x.yaml: belongs to no test"),
        ({"data/sample/a/2.in": "1 1\n", "data/sample/a/2.ans": "2\n"}, "must not contain groups"),
        ({"statement/problem.en.md": None}, "statement: no statement in Markdown"),
        ({"statement/problem.zh.md": "加\n"}, "no name; add it to `name`"),
        ({"statement/problem.md": "x\n"}, "statement/problem.md: name the language"),
        ({"submissions/accepted/sum.py": None}, "submissions/accepted: no accepted submission"),
        ({"submissions/sum.py": "x\n"}, "submissions/sum.py: put it in a folder"),
        ({"submissions/acepted/a.py": "x\n"}, "`acepted` is no verdict's folder"),
        ({"judge.yaml": "kind: function\nentry: f\n"}, "include/python3/main.py: missing"),
        ({"judge.yaml": "kind: stdio\nhints:\n  '99': {en: x}\n"}, "judge.yaml:3: `99` names no"),
        ({"judge.yaml": "kind: stdio\nmistakes:\n  a.py: {en: x}\n"}, "judge.yaml:3: there is no"),
        ({"judge.yaml": "kind: stdio\nlanguages: [pytorch]\n"}, "judge.yaml:2: none of the lang"),
        (
            {"judge.yaml": "kind: stdio\nlanguages: [c]\ntemplates: {go: x}\n"},
            "judge.yaml:3: `go` is none of the problem's languages",
        ),
        ({"include/main.py": "x\n"}, "include/main.py: give files right in"),
    ],
)
def test_missing_and_misplaced_files(changes: dict[str, str | None], complaint: str) -> None:
    assert any(complaint in text for text in complaints(changed(changes)))


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
        ({"graders/grade.py": "x\n"}, "grader programs"),
        ({"data/sample/1.interaction": "<1\n"}, "for interactive and multi-pass problems"),
        ({"data/secret/02.ans.statement": "3\n"}, "`02.in` is missing"),
        ({"data/secret/02.files/a.txt": "3\n"}, "belongs to no test"),
        ({"data/other/1.in": "3\n"}, "`other` is no folder that the format has"),
        ({"data/sample/test_group.yaml": "full_feedback: false\n"}, "`full_feedback: false`"),
        ({"data/secret/test_group.yaml": "scoring: {score: 3}\n"}, "yaml:1: `scoring` groups"),
        ({"data/secret/test_group.yaml": "static_validation: true\n"}, "`static_validation`"),
        ({"data/secret/test_group.yaml": "max_score: 3\n"}, "`max_score` is for scoring"),
        ({"data/testdata.yaml": "grading: custom\n"}, "`grading: custom`"),
        ({"data/testdata.yaml": "grader_flags: median\n"}, "has no `median`"),
        ({"data/testdata.yaml": "on_reject: continue\nrange: 0 1\n"}, "`range` is for scoring"),
        ({"data/testdata.yaml": "grader_flags: always_accept\n"}, "`always_accept` is for"),
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
            "judge.yaml:2: `checker` has no meaning",
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
        ("type: submit-answer\n", "problem.yaml:8: the type `submit-answer`"),
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
    "more",
    [
        "embargo_until: 2020-01-01\n",
        "license: cc0\ncredits: Ann <ann@example.org>\n",
        "license: cc by-sa\nsource: {name: Contest, url: 'https://example.org'}\n",
        "credits: {authors: [Ann, {name: Bo, email: b@example.org}], translators: {zh: Ann}}\n",
        "  code: 128\n  output: 4\n  compilation_time: 30\n  time_resolution: 0.5\n",
        "  time_multipliers: {ac_to_time_limit: 3}\n",
        "type: [pass-fail]\nversion: '1.2'\nallow_file_writing: true\n",
    ],
)
def test_other_keys_of_problem_yaml_are_taken(more: str) -> None:
    assert complaints(with_yaml(more)) == []


def test_allowed_languages() -> None:
    assert loaded(with_yaml("languages: [cpp, python3, kotlin]\n")).languages == ("python3", "cpp")
    assert loaded(with_yaml("languages: all\n")).languages == loaded(SMALL).languages


@pytest.mark.parametrize(
    ("yaml", "complaint"),
    [
        ("name: x\nvalidation: custom\n", "problem.yaml: `validation: custom` needs a validator"),
        ("name: x\nvalidation: other\n", "problem.yaml:2: `validation: other` is neither"),
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
        "problem.yaml:8",
        "submissions/wrong_answer/a.py:1",
    ]


@pytest.mark.parametrize("slug", ["Sum", "two-sum", "", "../x", "和", "a" * 65])
def test_slug_must_be_plain(slug: str) -> None:
    assert any("lower-case letters and digits" in text for text in complaints(SMALL, slug))


def test_line_ends_are_warned_of() -> None:
    package = loaded(changed({"data/secret/01-large.in": "5 6\r\n7"}))
    assert [str(warning) for warning in package.warnings] == [
        "data/secret/01-large.in:1: has CR LF line ends; the format wants LF",
        "data/secret/01-large.in:2: does not end with a newline",
    ]


def test_answer_longer_than_the_output_limit_is_refused() -> None:
    files = changed(
        {
            "problem.yaml": PROBLEM_YAML + "  output: 1\n",
            "data/secret/01-large.ans": "1" * (MIB + 1),
        }
    )
    assert "longer than the output limit of 1 MiB" in complaints(files)[0]
