"""YAML with line numbers: what is refused, and which line the complaint names."""

import pytest
from pydantic import BaseModel

from judge.problem_package.complaints import Complaints
from judge.problem_package.format import LegacyProblemYaml, ProblemYaml
from judge.problem_package.side_files import JudgeYaml, SubmissionYaml, TestYaml
from judge.problem_package.yaml_files import parse_yaml, validate
from judge.problem_package.yaml_tree import WrittenFloat
from tests.unit.judge.problem_package.making import PROBLEM_YAML


def parse(text: str | bytes) -> tuple[object, list[str]]:
    complaints = Complaints()
    file = parse_yaml("x.yaml", text.encode() if isinstance(text, str) else text, complaints)
    return file.data if file else None, [str(complaint) for complaint in complaints]


def test_values_are_plain() -> None:
    data, complaints = parse("a: 1\nb: [x, 2.5, true, null]\nc: |\n  text\nd: {e: 'f'}\n")
    assert complaints == []
    assert data == {"a": 1, "b": ["x", 2.5, True, None], "c": "text\n", "d": {"e": "f"}}
    assert isinstance(data, dict)
    assert [type(value) for value in data["b"]] == [str, WrittenFloat, bool, type(None)]


@pytest.mark.parametrize("text", ["", "# nothing\n", "---\n"])
def test_empty_file_is_an_empty_mapping(text: str) -> None:
    assert parse(text) == ({}, [])


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("a: 1\nb: 2\na: 3\n", "x.yaml:3: the key `a` is given twice; keep one"),
        ("a:\n  b: 1\n  b: 1\n", "x.yaml:3: the key `b` is given twice; keep one"),
        ("- a\n", "x.yaml:1: the top of the file must be a mapping: lines `key: value`"),
        ("a: 1\n1: 2\n", "x.yaml:2: the key `1` is not text; put it in quotes"),
        ("a: !!python/object/apply:os.system [id]\n", "x.yaml:1: a tag"),
        ("a: 1\nb: !secret x\n", "x.yaml:2: a tag (`!...`) or type that these files don't use"),
        ("a: [1\n", "x.yaml:2: not valid YAML"),
        ("a: 1\n\tb: 2\n", "x.yaml:2: not valid YAML"),
        ("a: *nowhere\n", "x.yaml:1: not valid YAML"),
        (b"a: 1\nb: \xff\n", "x.yaml:2: not UTF-8; save it as UTF-8"),
        (b"a: 1\nb: x\0y\n", "x.yaml:2: holds a NUL character"),
        (b'a: 1\nb: ["x\\0y"]\n', "x.yaml:2: holds a NUL character"),
        (b'a: 1\n"x\\0y": 2\n', "x.yaml:2: holds a NUL character"),
        (b"\xef\xbb\xbfa: 1\n", "x.yaml:1: starts with a byte-order mark"),
        ("a: " + "x" * (1 << 18), "x.yaml: larger than 256 KiB"),
        ("a: " + "[" * 200_000, "x.yaml: more than 20000 values, or nested over 16 deep"),
        ("a: " + "{b: " * 60_000, "x.yaml: more than 20000 values, or nested over 16 deep"),
        ("- " * 100_000, "x.yaml: more than 20000 values, or nested over 16 deep"),
        ("a: &a [*a]\n", "x.yaml: more than 20000 values, or nested over 16 deep"),
        ("a: &a {<<: *a}\n", "x.yaml: more than 20000 values, or nested over 16 deep"),
        ("a: {<<: [b]}\n", "x.yaml:1: `<<` can merge mappings only"),
        ("[a]: 1\n", "x.yaml:1: a key is not text"),
        ("a: !!int x\n", "x.yaml:1: `x` is not a number"),
        (f"a: {'1' * 5000}\n", f"x.yaml:1: `{'1' * 60}...` is not a number"),
        (f"a: 1\n{'1' * 90}: 1\n", f"x.yaml:2: the key `{'1' * 60}...` is not text"),
        ("%YAML 3.1\n---\na: 1\n", "x.yaml:1: not valid YAML"),
        ("a: 1\n---\nb: 2\n", "x.yaml:2: not valid YAML"),
    ],
)
def test_refused_with_its_line(text: str | bytes, complaint: str) -> None:
    data, complaints = parse(text)
    assert data is None
    assert len(complaints) == 1
    assert complaint in complaints[0]


@pytest.mark.parametrize(
    ("text", "data"),
    [
        # libyaml alone would refuse the first two.
        ("a: [b:c, http://d.example/?e]\n", {"a": ["b:c", "http://d.example/?e"]}),
        ("a: [b? c]\n", {"a": ["b? c"]}),
        ("a:\tb\n", {"a": "b"}),
        ("a: [yes, 0o17, 017, 1e3, 1_0, .5]\n", {"a": ["yes", 15, 17, 1000.0, 10, 0.5]}),
        ("a: [~, 2024-02-29, '1', !!str 1]\n", {"a": [None, "2024-02-29", "1", "1"]}),
        ("a: &x [1]\nb: [*x, *x]\n", {"a": [1], "b": [[1], [1]]}),
        (
            "a: &x {k: 1, l: 1}\nb: &y {k: 2, m: 2}\nc: {l: 3, <<: [*y, *x]}\n",
            {"a": {"k": 1, "l": 1}, "b": {"k": 2, "m": 2}, "c": {"k": 2, "l": 3, "m": 2}},
        ),
    ],
)
def test_what_is_written_in_other_ways(text: str, data: object) -> None:
    assert parse(text) == (data, [])


def test_lines_and_numbers_as_written() -> None:
    file = parse_yaml("x.yaml", b"a: &x\n  k: 1e-9\nb:\n  - {<<: *x}\n  - 007\n", Complaints())
    assert file is not None
    assert [file.line(at) for at in [("a", "k"), ("b", 0, "k"), ("b", 1)]] == [2, 2, 5]
    numbers = [file.data["a"]["k"], file.data["b"][0]["k"], file.data["b"][1]]
    assert [number.text for number in numbers] == ["1e-9", "1e-9", "007"]


@pytest.mark.parametrize("bomb", ["[{}]", "{{<<: [{}]}}"], ids=["aliases", "merges"])
def test_billion_laughs_are_refused(bomb: str) -> None:
    lines = ["a0: &a0 {x: x}"]
    for i in range(1, 9):
        lines.append(f"a{i}: &a{i} {bomb.format(', '.join([f'*a{i - 1}'] * 10))}")
    data, complaints = parse("\n".join(lines))
    assert data is None
    assert "more than 20000 values" in complaints[0]


def check(model: type[BaseModel], text: str) -> list[str]:
    complaints = Complaints()
    file = parse_yaml("x.yaml", text.encode(), complaints)
    assert file is not None
    validate(file, model, complaints)
    return [str(complaint) for complaint in complaints]


@pytest.mark.parametrize(
    ("more", "complaint"),
    [
        ("nane: x\n", "x.yaml:8: unknown key `nane`; did you mean `name`?"),
        ("scoring: {}\n", "x.yaml:8: unknown key `scoring`"),
        ("keywords: easy sums\n", "x.yaml:8: `keywords`: must be a list, not `easy sums`"),
        ("keywords: [a, true]\n", "x.yaml:8: `keywords.1`: must be text, not `true`"),
        ("license: mit\n", "x.yaml:8: `license`: must be 'unknown'"),
        ("type: passfail\n", "x.yaml:8: `type`: must be 'pass-fail'"),
        ("version: true\n", "x.yaml:8: `version`: must be text, not `true`"),
        ("source:\n  - url: x\n", "x.yaml:9: the key `source.0.name` is missing"),
        ("credits:\n  author: x\n", "did you mean `authors`?"),
        ("allow_file_writing: 1\n", "`allow_file_writing`: must be `true` or `false`, not `1`"),
        ("constants:\n  a-b: 1\n", "x.yaml:8: `constants`: the constant `a-b`"),
        ("languages: []\n", "x.yaml:8: `languages"),
    ],
)
def test_problem_yaml_names_key_and_line(more: str, complaint: str) -> None:
    assert complaint in check(ProblemYaml, PROBLEM_YAML + more)[0]


@pytest.mark.parametrize(
    ("old", "new", "complaint"),
    [
        ("time_limit: 3", "time_limit: fast", "x.yaml:6: `limits.time_limit`"),
        ("time_limit: 3", "time_limit: 0", "x.yaml:6: `limits.time_limit`"),
        ("time_limit: 3", "time_limit: 3000", "x.yaml:6: `limits.time_limit`"),
        ("time_limit: 3", "time_limt: 3", "unknown key `limits.time_limt`; did you mean"),
        ("memory: 128", "memory: 1000000", "x.yaml:7: `limits.memory`"),
        ("memory: 128", "memory: 1.5", "x.yaml:7: `limits.memory`"),
        ("memory: 128", "code: 0", "x.yaml:7: `limits.code`"),
        ("memory: 128", "compilation_time: 61", "x.yaml:7: `limits.compilation_time`"),
        ("memory: 128", "compilation_memory: 9999", "x.yaml:7: `limits.compilation_memory`"),
        ("memory: 128", "validation_time: 3600", "x.yaml:7: `limits.validation_time`"),
        ("memory: 128", "validation_memory: 9999", "x.yaml:7: `limits.validation_memory`"),
        ("memory: 128", "validation_output: 999", "x.yaml:7: `limits.validation_output`"),
        ("en: Sum", "english: Sum", "x.yaml:3: `name.english"),
        ("en: Sum", "en: ''", "x.yaml:3: `name.en`"),
        ("uuid: 0", "uuid: x", "x.yaml:4: `uuid`"),
        ("name:\n  en: Sum\n", "", "the key `name` is missing; write e.g."),
    ],
)
def test_problem_yaml_values(old: str, new: str, complaint: str) -> None:
    assert complaint in check(ProblemYaml, PROBLEM_YAML.replace(old, new, 1))[0]


@pytest.mark.parametrize(
    ("model", "text", "complaint"),
    [
        (
            ProblemYaml,
            f"{PROBLEM_YAML}constants:\n  n: [1]\n",
            "x.yaml:9: `constants.n`: must be a number or text, not a list",
        ),
        (
            ProblemYaml,
            f"{PROBLEM_YAML}constants:\n  n: {{tex: '1'}}\n",
            "x.yaml:9: `constants.n`: a constant with variants needs the key `value` among them",
        ),
        (
            TestYaml,
            "input_validator_args: 3\n",
            "x.yaml:1: `input_validator_args`: must be a list or a mapping, not `3`",
        ),
        (
            TestYaml,
            "input_validator_args:\n  lines: 3\n",
            "x.yaml:2: `input_validator_args.lines`: must be a list, not `3`",
        ),
        (
            SubmissionYaml,
            "use_for_time_limit: never\n",
            "x.yaml:1: `use_for_time_limit`: must be `true` or `false` or 'lower' or 'upper', "
            "not `never`",
        ),
        (SubmissionYaml, "score: [a]\n", "x.yaml:1: `score.0`: `a` is not a number"),
    ],
)
def test_one_fault_is_one_complaint(model: type[BaseModel], text: str, complaint: str) -> None:
    (found,) = check(model, text)
    assert found.startswith(complaint)


@pytest.mark.parametrize("word", ["yes", "Yes", "YES", "on", "On", "true", "True", "TRUE"])
def test_every_yes_of_yaml_1_1_is_one(word: str) -> None:
    file = parse_yaml("x.yaml", f"full_feedback: {word}\n".encode(), Complaints())
    assert file is not None
    yaml = validate(file, TestYaml, Complaints())
    assert yaml is not None
    assert yaml.full_feedback is True


@pytest.mark.parametrize("word", ["no", "No", "NO", "off", "Off", "false", "FALSE"])
def test_every_no_of_yaml_1_1_is_one(word: str) -> None:
    file = parse_yaml("x.yaml", f"full_feedback: {word}\n".encode(), Complaints())
    assert file is not None
    yaml = validate(file, TestYaml, Complaints())
    assert yaml is not None
    assert yaml.full_feedback is False


@pytest.mark.parametrize("word", ["y", "maybe", "yEs", "1"])
def test_what_is_neither_is_named(word: str) -> None:
    (found,) = check(TestYaml, f"full_feedback: {word}\n")
    assert "must be `true` or `false`" in found


def test_a_key_without_a_value_is_as_good_as_none() -> None:
    assert check(LegacyProblemYaml, "name: x\nauthor:\nlimits:\nvalidator_flags:\n") == []
    assert "unknown key `autor`" in check(LegacyProblemYaml, "autor:\n")[0]


def test_every_wrong_key_is_named() -> None:
    complaints = check(ProblemYaml, PROBLEM_YAML + "a: 1\nb: 2\n")
    assert [c[:8] for c in complaints] == ["x.yaml:8", "x.yaml:9"]


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("kind: stdin\n", "x.yaml:1: `kind`: must be 'stdio', 'function', 'torch' or 'quiz', not"),
        ("{}\n", "x.yaml:1: the key `kind` is missing"),
        ("kind: stdio\nhint: {}\n", "x.yaml:2: unknown key `hint`; did you mean `hints`?"),
        ("kind: stdio\nentry: 3x\n", "x.yaml:2: `entry`"),
        ("kind: stdio\nlanguages: [python]\n", "x.yaml:2: `languages.0`"),
        ("kind: stdio\nhints:\n  a:\n    zh: ''\n", "x.yaml:4: `hints.a.zh`"),
        ("kind: stdio\nchecker: float\n", "x.yaml:2: `checker`"),
        ("kind: stdio\ntemplates:\n  perl: x\n", "x.yaml:3: `templates.perl"),
    ],
)
def test_judge_yaml(text: str, complaint: str) -> None:
    assert complaint in check(JudgeYaml, text)[0]
