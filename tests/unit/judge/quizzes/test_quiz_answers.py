"""The answers file of a quiz: what is accepted, and how errors are reported."""

import pytest

from judge.problem_package.complaints import Complaints
from judge.quizzes.answers import MAX_ANSWERS_BYTES, number, read_answers, template, written
from judge.quizzes.questions import Question, QuestionType

QUESTIONS = (
    Question("01-one", QuestionType.SINGLE, {"en": "?"}, {"a": {"en": "A"}, "b": {"en": "B"}}),
    Question(
        "02-some",
        QuestionType.MULTIPLE,
        {"en": "?"},
        {"a": {"en": "A"}, "b": {"en": "B"}, "c": {"en": "C"}},
    ),
    Question("03-much", QuestionType.NUMBER, {"en": "?"}, {}, {"en": "MiB", "zh": "MiB"}),
    Question(
        "04-order",
        QuestionType.ORDER,
        {"en": "?"},
        {"a": {"en": "A"}, "b": {"en": "B"}, "c": {"en": "C"}},
    ),
)


def read(source: str) -> tuple[dict[str, str], list[str]]:
    complaints = Complaints()
    return read_answers(source, QUESTIONS, complaints), [str(one) for one in complaints]


def test_every_type_in_yaml_and_in_json() -> None:
    right = {"01-one": "b", "02-some": "a c", "03-much": "64", "04-order": "c a b"}
    yaml = "01-one: b\n02-some: [c, a]\n03-much: 64\n04-order:\n- c\n- a\n- b\n"
    json = (
        '{"01-one": "b", "02-some": ["a", "c"], "03-much": "6.4e1 MiB",'
        ' "04-order": ["c", "a", "b"]}'
    )
    assert read(yaml) == (right, [])
    assert read(json) == (right, [])


def test_what_is_left_empty_is_not_answered() -> None:
    empty = template(QUESTIONS, {"03-much": 0.005})
    assert read(empty) == ({}, [])
    assert "03-much:  # a number in MiB, at most 0.5 % off\n" in empty
    assert "03-much:  # a number in MiB\n" in template(QUESTIONS, {})
    assert read("") == ({}, [])


def test_a_written_file_is_read_again() -> None:
    answers = {"01-one": "a", "02-some": ["b"], "03-much": "1.5 MiB", "04-order": ["b", "a", "c"]}
    assert read(written(answers)) == (
        {"01-one": "a", "02-some": "b", "03-much": "1.5", "04-order": "b a c"},
        [],
    )


@pytest.mark.parametrize(
    ("source", "complaint"),
    [
        ("01-one: a\n05-no: a\n", "answers.yaml:2: there is no question `05-no`; there are 01-one"),
        ("01-oen: a\n", "answers.yaml:1: there is no question `01-oen`; did you mean `01-one`?"),
        ("01-one: c\n", "answers.yaml:1: `01-one`: must be one of a, b"),
        ("01-one: [a]\n", "answers.yaml:1: `01-one`: must be one of a, b"),
        ("\n02-some: a\n", "answers.yaml:2: `02-some`: must be a list of some of a, b, c"),
        ("02-some: []\n", "answers.yaml:1: `02-some`: must be a list of some of a, b, c"),
        ("02-some: [a, a]\n", "answers.yaml:1: `02-some`: must be a list of some of a, b, c"),
        ("02-some: [[a]]\n", "answers.yaml:1: `02-some`: must be a list of some of a, b, c"),
        ("03-much: much\n", "answers.yaml:1: `03-much`: must be a number in MiB"),
        ("03-much: 3 GiB\n", "answers.yaml:1: `03-much`: must be a number in MiB"),
        ("03-much: true\n", "answers.yaml:1: `03-much`: must be a number in MiB"),
        ("03-much: .nan\n", "answers.yaml:1: `03-much`: must be a finite number"),
        ("03-much: 1e999\n", "answers.yaml:1: `03-much`: must be a finite number"),
        (f"03-much: 1{'0' * 400}\n", "answers.yaml:1: `03-much`: must be a finite number"),
        ("04-order: [a, b]\n", "answers.yaml:1: `04-order`: must be a list of all of a, b, c"),
        ("04-order: [a, b, b]\n", "answers.yaml:1: `04-order`: must be a list of all of a, b, c"),
        ("01-one: a\n01-one: b\n", "answers.yaml:2: the key `01-one` is given twice; keep one"),
        ("- a\n", "answers.yaml:1: the top of the file must be a mapping"),
        ("01-one: !!python/object a\n", "answers.yaml:1: a tag"),
        ("a: [\n", "answers.yaml:2: not valid YAML"),
        ("[" * 8000, "answers.yaml: more than 20000 values, or nested over 16 deep"),
        ("- " * 4000, "answers.yaml: more than 20000 values, or nested over 16 deep"),
        ("x" * (MAX_ANSWERS_BYTES + 1), "answers.yaml: larger than 8 KiB"),
    ],
)
def test_a_wrong_file_is_refused_with_its_line(source: str, complaint: str) -> None:
    answers, (said,) = read(source)
    assert said.startswith(complaint)
    assert answers.keys() <= {"01-one"}


def test_aliases_do_not_multiply() -> None:
    layers = "".join(f"l{n}: &l{n} [{', '.join([f'*l{n - 1}'] * 9)}]\n" for n in range(1, 9))
    _, (said,) = read(f"l0: &l0 [a]\n{layers}")
    assert "more than 20000 values" in said


def test_numbers_are_written_in_one_way() -> None:
    assert [number(one) for one in (64, 64.0, 0.25, -3, 1e21)] == [
        "64",
        "64",
        "0.25",
        "-3",
        "1000000000000000000000",
    ]
