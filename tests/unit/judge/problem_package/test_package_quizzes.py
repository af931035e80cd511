"""`quiz.yaml`: what is refused, with its line; and `data/` must agree with it."""

from pathlib import Path

import pytest

from cli.quizzes import quiz_data, write_data
from cli.skeletons import skeleton
from judge.job import Kind
from judge.problem_package.complaints import PackageError
from tests.unit.judge.problem_package.making import SMALL, UUID, changed, complaints, loaded

QUIZ = skeleton(Kind.QUIZ, "mine", UUID)
HEAD = """\
questions:
  01-a:
    text: {en: x, zh: x}
    explanation: {en: x, zh: x}
"""
SOURCE = "    sources: [{title: x, section: x}]\n"
RIGHT = "      a: {text: {en: A, zh: A}, right: true}\n"
WRONG = "      b: {text: {en: B, zh: B}, why: {en: x, zh: x}}\n"


def refused(questions: str) -> list[str]:
    """Return the complaints about the questions, without the one that `data/` differs from them."""
    try:
        quiz_data({"problem.yaml": QUIZ["problem.yaml"], "quiz.yaml": questions})
    except PackageError as error:
        return [str(one) for one in error.complaints]
    return []


def single(choices: str, source: str = SOURCE) -> str:
    return f"{HEAD}    type: single\n{source}    choices:\n{choices}"


def number(more: str) -> str:
    return f"{HEAD}    type: number\n{SOURCE}{more}"


def order(more: str) -> str:
    items = "    items: {a: {en: A, zh: A}, b: {en: B, zh: B}}\n"
    return f"{HEAD}    type: order\n{SOURCE}{items}{more}"


def test_a_sound_quiz() -> None:
    quiz = loaded(QUIZ, "mine")
    assert (quiz.kind, quiz.checker.name, quiz.languages) == (Kind.QUIZ, "quiz", ("answers",))
    assert quiz.code_bytes == 8192
    assert [test.name for test in quiz.tests] == [
        "secret/01-bytes",
        "secret/02-copies",
        "secret/03-matrix",
        "secret/04-sizes",
    ]
    assert quiz.templates["answers"].startswith("01-bytes:  # one of a, b, c\n")
    # The public part of a question contains nothing of the key.
    for test in quiz.tests:
        assert not {b"why", b"right", b"slips"} & set(test.input.split(b'"'))


def test_the_format_s_own_files_can_be_compared_by_the_default_validator() -> None:
    answers = {path: text for path, text in quiz_data(QUIZ).items() if not path.endswith(".in")}
    assert answers == {
        "data/secret/01-bytes.ans": "a\n",
        "data/secret/02-copies.ans": "a b\n",
        "data/secret/03-matrix.ans": "4\n",
        "data/secret/03-matrix.yaml": (
            'output_validator_args: [float_relative_tolerance, "1e-09"]\n'
        ),
        "data/secret/04-sizes.ans": "b c a\n",
    }


@pytest.mark.parametrize(
    ("questions", "complaint"),
    [
        (single(RIGHT.replace(", right: true", "") + WRONG), "quiz.yaml:8: `01-a`: `a` is wrong:"),
        (single(WRONG + WRONG.replace("b:", "c:").replace("B", "C")), "quiz.yaml:7: `01-a`: no ch"),
        (single(RIGHT + RIGHT.replace("a:", "b:").replace("A", "B")), "quiz.yaml:9: `01-a`: a sec"),
        (single(RIGHT + WRONG.replace("en: B", 'en: " a"')), "quiz.yaml:9: `01-a`: `b` says the s"),
        (single(RIGHT + WRONG.replace(", zh: B", "")), "quiz.yaml:9: `01-a`: must be in exactly"),
        (single(RIGHT), "quiz.yaml:7: `01-a`: a question has two choices"),
        (single(RIGHT + WRONG, ""), "quiz.yaml:2: `01-a`: has no source"),
        (single(RIGHT + WRONG, SOURCE.replace(", section: x", "")), "quiz.yaml:6: the key `quest"),
        (single(RIGHT + WRONG) + "    unit: B\n", "quiz.yaml:10: `01-a`: `unit` is not for"),
        (single(RIGHT + WRONG).replace("single", "any"), "quiz.yaml:5: `questions.01-a.type`"),
        (number("    answer: 4\n"), "quiz.yaml:7: `01-a`: has no `unit`"),
        (number("    unit: B\n"), "quiz.yaml:2: `01-a`: has no `answer`"),
        (
            number("    answer: 4\n    unit: B\n    slips: [{value: 4, why: {en: x, zh: x}}]\n"),
            "quiz.yaml:9: `01-a`: this number is within",
        ),
        (
            number("    answer: 4\n    unit: B\n    slips: [{why: {en: x, zh: x}}]\n"),
            "quiz.yaml:9: `01-a`: needs a `value`",
        ),
        (order("    order: [a]\n"), "quiz.yaml:8: `01-a`: must be a, b, each once"),
        (
            order("    order: [a, b]\n    slips: [{order: [a, b], why: {en: x, zh: x}}]\n"),
            "quiz.yaml:9: `01-a`: this order is the right one",
        ),
        ("questions: {}\n", "quiz.yaml:1: `questions`: "),
        (single(RIGHT + WRONG.replace("B", '"\\u200b"')), "quiz.yaml:9: `01-a`: shows nothing"),
        (number("    answer: 4\n    unit: 4 B\n"), "quiz.yaml:8: `01-a`: begins with a digit"),
        (number(f"    answer: 4\n    unit: {'B' * 41}\n"), "quiz.yaml:8: `01-a`: is longer than"),
        (
            number("    answer: 0\n    unit: B\n    tolerance: 0.1\n"),
            "quiz.yaml:9: `01-a`: is relative, so it allows nothing around 0",
        ),
        (
            number(
                "    answer: 4\n    unit: B\n    tolerance: 0.01\n    slips:\n"
                "      - {value: 5, why: {en: x, zh: x}}\n"
                "      - {value: 5.05, why: {en: x, zh: x}}\n"
            ),
            "quiz.yaml:12: `01-a`: within the tolerance this slip is the same as another one",
        ),
        (
            number(f"    answer: 1{'0' * 400}\n    unit: B\n"),
            "quiz.yaml:7: `questions.01-a.answer`",
        ),
        (
            order("    order: [a, b]\n").replace("zh: A", 'zh: "1"').replace("zh: B", 'zh: "1.0"'),
            "quiz.yaml:7: `01-a`: `b` says the same as `a` in `zh`",
        ),
    ],
)
def test_a_wrong_question_is_refused_with_its_line(questions: str, complaint: str) -> None:
    assert any(said.startswith(complaint) for said in refused(questions)), refused(questions)


def two_choices(right: str, wrong: str) -> list[str]:
    """What is said of a question with these two choices, written as YAML."""
    return refused(single(RIGHT.replace("A", right) + WRONG.replace("B", wrong)))


@pytest.mark.parametrize(
    ("right", "wrong"),
    [
        ("Both", " both "),
        ('"\u00e9"', '"e\u0301"'),
        ("A1", "\uff21\uff11"),
        ("A b", "A\u3000b"),
        ("A", '"A\\u200b"'),
        ('"2"', '"2.0"'),
        ('"2"', "$2$"),
        ('"1024"', '"$1{,}024$"'),
        ('"1,024 MiB"', "1024.0 MiB"),
        ("0.5%", ".50 %"),
    ],
)
def test_choices_that_look_alike_are_refused(right: str, wrong: str) -> None:
    assert two_choices(right, wrong) == [
        "quiz.yaml:9: `01-a`: `b` says the same as `a` in `en`",
    ]


@pytest.mark.parametrize(
    ("right", "wrong"),
    [
        # N and n, K and k are different quantities.
        ("$O(N)$", "$O(n)$"),
        ("$2 N$", "$2 n$"),
        ("'`K`'", "'`k`'"),
        ("n\u00b2", "n2"),
        ('"2"', '"-2"'),
        ("LLaVA-1.5", "LLaVA-1.50"),
    ],
)
def test_choices_that_differ_are_taken(right: str, wrong: str) -> None:
    assert two_choices(right, wrong) == []


@pytest.mark.parametrize(
    ("changes", "complaint"),
    [
        ({"data/secret/01-bytes.ans": "b\n"}, "data/secret/01-bytes.ans: it must be what `quiz"),
        ({"data/secret/01-bytes.in": None}, "data/secret/01-bytes.in: missing; it must be what"),
        ({"data/sample/1.in": "x\n", "data/sample/1.ans": "x\n"}, "data/sample/1.ans: a quiz has"),
        ({"quiz.yaml": None}, "quiz.yaml: missing"),
        ({"judge.yaml": "kind: quiz\nentry: x\n"}, "judge.yaml:2: a quiz has no `entry`"),
        ({"judge.yaml": "kind: stdio\n"}, "problem.yaml: `type: submit-answer` needs `kind: quiz`"),
        (
            {"problem.yaml": QUIZ["problem.yaml"].replace(", submit-answer", "")},
            "problem.yaml: a quiz needs `submit-answer`",
        ),
        (
            {"problem.yaml": QUIZ["problem.yaml"].replace("pass-fail, ", "multi-pass, ")},
            "problem.yaml:2: `submit-answer` excludes",
        ),
        (
            {"submissions/accepted/long.yaml": f"# {'x' * 9000}\n"},
            "submissions/accepted/long.yaml: has 9003 bytes; `limits.code` allows 8192",
        ),
    ],
)
def test_a_package_that_is_no_whole_quiz_is_refused(
    changes: dict[str, str | None], complaint: str
) -> None:
    found = complaints(changed(changes, QUIZ), "mine")
    assert any(said.startswith(complaint) for said in found), found


def test_yaml_beside_a_program_is_no_submission() -> None:
    sound = loaded(
        changed(
            {
                "submissions/accepted/more/a.py": "x",
                "submissions/accepted/b.json": "1",
                "submissions/accepted/more/c.yaml": "x: 1\n",
            },
            SMALL,
        )
    )
    assert {one.path: one.language for one in sound.submissions} == {
        "accepted/more": "python3",
        "accepted/sum.py": "python3",
    }


def test_data_is_written_anew(tmp_path: Path) -> None:
    for path, text in QUIZ.items():
        (tmp_path / path).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / path).write_text(text)
    assert write_data(tmp_path) == []
    quiz = tmp_path / "quiz.yaml"
    quiz.write_text(
        quiz.read_text().replace("01-bytes", "00-bytes").replace("answer: 4", "answer: 5")
    )
    assert write_data(tmp_path) == [
        "data/secret/00-bytes.ans",
        "data/secret/00-bytes.in",
        "data/secret/01-bytes.ans",
        "data/secret/01-bytes.in",
        "data/secret/03-matrix.ans",
    ]
    assert write_data(tmp_path) == []
