"""How `load` reads a package."""

import pytest

from judge.job import CheckerSpec, Kind
from judge.languages import LANGUAGES
from judge.limits import MIB
from judge.problem_package.package import Bound
from judge.verdict import Verdict
from tests.unit.judge.problem_package.making import (
    FUNCTION,
    LEGACY,
    PROBLEM_YAML,
    SMALL,
    changed,
    complaints,
    loaded,
    with_yaml,
)

CRASHES = frozenset({Verdict.RTE, Verdict.MLE, Verdict.OLE, Verdict.SV})


def test_smallest_package() -> None:
    package = loaded(SMALL)
    assert (package.slug, package.names, package.kind) == ("sum", {"en": "Sum"}, Kind.STDIO)
    assert package.limits.cpu_s == 3
    assert package.limits.wall_s == 12
    assert package.limits.memory_bytes == 128 * MIB
    assert package.checker == CheckerSpec("tokens", ())
    assert package.languages == tuple(
        language for language in LANGUAGES if language not in {"pytorch", "answers"}
    )
    assert [(t.name, t.sample, t.input, t.answer) for t in package.tests] == [
        ("sample/1", True, b"1 2\n", b"3\n"),
        ("secret/01-large", False, b"5 6\n", b"11\n"),
    ]
    assert [(s.path, s.language, s.expected) for s in package.submissions] == [
        ("accepted/sum.py", "python3", frozenset({Verdict.AC}))
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


def test_constants_have_variants() -> None:
    constants = "constants: {n: {value: 5000000, tex: '5\\,0', c: 5e6}, word: x, f: 0.50}\n"
    files = changed(
        {
            "problem.yaml": PROBLEM_YAML + constants,
            "statement/problem.en.md": "{{n}} {{n.value}} {{n.tex}} {{n.no}} {{n.c}} "
            "{{word.value}} {{f}}\n",
            "statement/notes.txt": "{{n}}\n",
            "data/secret/test_group.yaml": "input_validator_args: ['{{n}}']\n",
        }
    )
    package = loaded(files)
    assert package.statements["en"] == "5000000 5000000 5\\,0 {{n.no}} 5e6 x 0.50\n"
    assert package.tests[1].input_arguments == ("5000000",)


def test_a_folder_that_submissions_yaml_speaks_of_is_judged_by_it() -> None:
    rules = "partial/*_slow.py: {permitted: [AC, TLE], required: [TLE]}\n"
    files = changed(
        {
            "submissions/submissions.yaml": rules,
            "submissions/partial/a_slow.py": "x\n",
            "submissions/partial/b.py": "x\n",
        }
    )
    package = loaded(files)
    assert {one.path: one.expected for one in package.submissions} == {
        "accepted/sum.py": {Verdict.AC},
        "partial/a_slow.py": {Verdict.TLE},
    }
    (warning,) = package.warnings
    assert warning.file == "submissions/partial/b.py"


@pytest.mark.parametrize(
    ("said", "bound"),
    [
        ("{permitted: [AC, WA]}", Bound.LOWER),
        ("{required: [TLE]}", Bound.UPPER),
        ("{required: [TLE, RTE]}", Bound.NONE),
        ("{permitted: [AC, WA], use_for_time_limit: no}", Bound.NONE),
        ("{use_for_time_limit: lower}", Bound.LOWER),
        ("{use_for_time_limit: upper}", Bound.UPPER),
        ("{sample: {permitted: [AC]}, secret: {required: [TLE]}}", Bound.UPPER),
        ("{sample: {permitted: [AC]}}", Bound.LOWER),
    ],
)
def test_what_verdicts_say_of_the_time_limit(said: str, bound: Bound) -> None:
    files = {"submissions/submissions.yaml": f"mixed: {said}\n", "submissions/mixed/a.py": "x\n"}
    (mixed,) = [one for one in loaded(changed(files)).submissions if one.path == "mixed/a.py"]
    assert mixed.bound is bound


@pytest.mark.parametrize(
    ("folder", "legacy", "modern", "bound"),
    [
        ("wrong_answer", {Verdict.WA}, {Verdict.WA}, Bound.NONE),
        ("time_limit_exceeded", {Verdict.WA, Verdict.TLE}, {Verdict.TLE}, Bound.UPPER),
        ("run_time_error", {Verdict.WA, Verdict.TLE} | CRASHES, CRASHES, Bound.NONE),
    ],
)
def test_legacy_folders_permit_more(
    folder: str, legacy: set[Verdict], modern: set[Verdict], bound: Bound
) -> None:
    path = f"{folder}/a.py"
    more = {f"submissions/{path}": "x\n"}
    (old,) = [one for one in loaded(changed(more, LEGACY)).submissions if one.path == path]
    (new,) = [one for one in loaded(changed(more)).submissions if one.path == path]
    assert old.expected == legacy
    assert new.expected == modern
    assert old.bound is bound


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
        ("accepted/sum.py: {required: [WA]}\n", "yaml:1: no verdict is both permitted and"),
        (
            "accepted/*:\n  secret/01-*: {permitted: [WA, TLE]}\n",
            "yaml:1: the expectations of `accepted/sum.py` together permit no verdict on `secret/",
        ),
        ("accepted/{{a,b},{c,d},{e,f},{g,h},{i,j}}: {}\n", "yaml:1: too many alternatives"),
    ],
)
def test_submissions_yaml_is_checked(rules: str, complaint: str) -> None:
    found = complaints(changed({"submissions/submissions.yaml": rules}))
    assert any(f"submissions/submissions.{complaint}" in text for text in found)


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


def test_line_ends_are_warned_of() -> None:
    package = loaded(changed({"data/secret/01-large.in": "5 6\r\n7"}))
    assert [str(warning) for warning in package.warnings] == [
        "data/secret/01-large.in:1: has CR LF line ends; the format wants LF",
        "data/secret/01-large.in:2: does not end with a newline",
    ]
