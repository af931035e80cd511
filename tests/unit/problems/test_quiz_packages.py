"""The quizzes: all texts are in both languages, every question has a source, and every line is
tested.
"""

import subprocess
import sys
from collections import Counter
from functools import cache
from urllib.parse import urlsplit

import pytest

from judge.job import Kind
from judge.mistakes.failures import is_mutant
from judge.problem_package.package import ProblemPackage
from judge.problem_package.statements import render
from judge.quizzes.questions import QuestionType
from judge.verdict import Verdict
from tests.packages.data import SHIPPED_PROBLEMS, package
from worker.packages.quiz_checks import check_quiz

SLUGS = (
    "loraprinciple", "lorascaling", "attentioncost", "visiontokens", "mllmarchitectures",
    "adaptororprojector", "pretrainingstages", "mplugvideo", "vitpositions", "sparsevideocost",
    "optimisers", "decoding",
)  # fmt: skip
BOTH = {"en", "zh"}


@cache
def quiz(slug: str) -> ProblemPackage:
    return package(SHIPPED_PROBLEMS / slug)


def test_every_quiz_is_looked_at() -> None:
    folders = (file.parent for file in SHIPPED_PROBLEMS.glob("*/quiz.yaml"))
    assert sorted(folder.name for folder in folders) == sorted(SLUGS)


@pytest.mark.parametrize("slug", SLUGS)
def test_it_is_a_whole_quiz(slug: str) -> None:
    whole = quiz(slug)
    assert whole.kind is Kind.QUIZ
    assert not whole.warnings
    assert 6 <= len(whole.questions) <= 10
    assert set(whole.names) == set(whole.statements) == BOTH
    accepted = [one for one in whole.submissions if one.expected == {Verdict.AC}]
    wrong = [one for one in whole.submissions if is_mutant(one.expected)]
    assert len(accepted) >= 2
    assert len(accepted) + len(wrong) == len(whole.submissions)


@pytest.mark.parametrize("slug", SLUGS)
def test_each_misconception_is_tried_out(slug: str) -> None:
    assert [finding.message for finding in check_quiz(quiz(slug))] == []


@pytest.mark.parametrize("slug", SLUGS)
def test_every_question_knows_wrong_answers_and_says_where_the_right_one_stands(slug: str) -> None:
    for one in quiz(slug).questions:
        assert one.key.why, one.question.id
        lines = [line["en"] for line in one.key.why.values()]
        # They are told in terminals, too, which show no math.
        assert not [text for line in one.key.why.values() for text in line.values() if "$" in text]
        assert len(set(lines)) == len(lines), one.question.id
        for source in one.key.sources:
            assert not source.url or urlsplit(source.url).scheme == "https"
        if one.key.type is QuestionType.SINGLE:
            assert len(one.question.options) >= 3


@pytest.mark.parametrize("slug", SLUGS)
def test_all_math_can_be_shown(slug: str) -> None:
    for one in quiz(slug).questions:
        texts = [one.question.text, one.key.explanation, *one.question.options.values()]
        for text in (text for each in texts for text in each.values()):
            # What can't be converted is shown as written, in its dollars.
            assert "$" not in render(text), text


@pytest.mark.parametrize("slug", SLUGS)
def test_its_validator_takes_the_questions_and_no_junk(slug: str) -> None:
    program = SHIPPED_PROBLEMS / slug / "input_validators/validate.py"
    inputs = [quiz(slug).tests[0].input, quiz(slug).tests[-1].input, b"{}\n", b""]
    codes = [
        subprocess.run([sys.executable, str(program)], input=text, capture_output=True).returncode
        for text in inputs
    ]
    assert codes == [42, 42, 1, 1]


def test_the_right_choice_is_given_away_by_neither_its_place_nor_its_length() -> None:
    places: Counter[int] = Counter()
    longest = asked = 0
    for one in (one for slug in SLUGS for one in quiz(slug).questions):
        if one.key.type is QuestionType.SINGLE:
            lengths = {id: len(text["en"]) for id, text in one.question.options.items()}
            mine = lengths.pop(one.key.right)
            longest += mine > max(lengths.values())
            asked += 1
            if len(one.question.options) == 4:
                places[list(one.question.options).index(one.key.right)] += 1
    assert min(places[place] for place in range(4)) > 2, places
    # By chance it would be about a third of them.
    assert longest <= asked * 0.4
