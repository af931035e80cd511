"""YAML with line numbers: what is refused, and where it says that it is."""

import pytest

from judge.problem_package.complaints import Complaints
from judge.problem_package.format import ProblemYaml
from judge.problem_package.side_files import JudgeYaml
from judge.problem_package.yaml_files import parse_yaml, validate
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
    assert [type(value) for value in data["b"]] == [str, float, bool, type(None)]


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
        (b"\xef\xbb\xbfa: 1\n", "x.yaml:1: starts with a byte-order mark"),
        ("a: " + "x" * (1 << 18), "x.yaml: larger than 256 KiB"),
        ("a: " + "[" * 3000, "x.yaml"),
        ("a: 1\n---\nb: 2\n", "x.yaml:2: not valid YAML"),
    ],
)
def test_refused_with_its_line(text: str | bytes, complaint: str) -> None:
    data, complaints = parse(text)
    assert data is None
    assert len(complaints) == 1
    assert complaint in complaints[0]


def test_billion_laughs_are_refused() -> None:
    lines = ["a0: &a0 [x, x, x, x, x, x, x, x, x, x]"]
    for i in range(1, 9):
        lines.append(f"a{i}: &a{i} [{', '.join([f'*a{i - 1}'] * 10)}]")
    data, complaints = parse("\n".join(lines))
    assert data is None
    assert "more than 20000 values" in complaints[0]


def check(model: type[ProblemYaml] | type[JudgeYaml], text: str) -> list[str]:
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
        ("keywords: easy sums\n", "x.yaml:8: `keywords`: input should be a valid list"),
        ("keywords: [a, 3]\n", "x.yaml:8: `keywords.1`: input should be a valid string"),
        ("license: mit\n", "x.yaml:8: `license`: input should be 'unknown'"),
        ("type: passfail\n", "x.yaml:8: `type`: input should be 'pass-fail'"),
        ("version: 3\n", "x.yaml:8: `version`: input should be a valid string"),
        ("source:\n  - url: x\n", "x.yaml:9: the key `source.0.name` is missing"),
        ("credits:\n  author: x\n", "did you mean `authors`?"),
        ("allow_file_writing: 1\n", "`allow_file_writing`: input should be a valid boolean"),
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
        ("uuid: 0", "#", "the key `uuid` is missing; make one with"),
        ("name:\n  en: Sum\n", "", "the key `name` is missing; write e.g."),
    ],
)
def test_problem_yaml_values(old: str, new: str, complaint: str) -> None:
    assert complaint in check(ProblemYaml, PROBLEM_YAML.replace(old, new, 1))[0]


def test_every_wrong_key_is_named() -> None:
    complaints = check(ProblemYaml, PROBLEM_YAML + "a: 1\nb: 2\n")
    assert [c[:8] for c in complaints] == ["x.yaml:8", "x.yaml:9"]


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("kind: stdin\n", "x.yaml:1: `kind`: input should be 'stdio', 'function' or 'torch'"),
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
