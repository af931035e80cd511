"""Quizzes, judged as in a worker: question by question, without running anything."""

from typing import Any

import pytest

from cli.skeletons import skeleton
from judge.differences import Reason
from judge.job import Kind
from judge.mistakes.failures import is_mutant
from judge.problem_package.package import PackageSubmission, ProblemPackage
from judge.result import JudgingResult, TestResult
from judge.verdict import Verdict
from tests.unit.judge.problem_package.making import UUID, loaded
from worker.judging.judging import Judged, TestDone, judge
from worker.judging.test_data import InMemory
from worker.packages.quiz_checks import check_quiz
from worker.packages.verification import cases_of, job_of
from worker.sandbox.base import Sandbox

SKELETON = skeleton(Kind.QUIZ, "mine", UUID)


class NoJail:
    """A sandbox that fails if anything is run."""

    def __getattr__(self, name: str) -> Any:
        raise AssertionError(f"answers need no jail, but .{name} was asked for")


@pytest.fixture(scope="module")
def quiz() -> ProblemPackage:
    return loaded(SKELETON, "mine")


def judged(quiz: ProblemPackage, text: str) -> tuple[JudgingResult, dict[str, TestResult]]:
    data = InMemory()
    sent = PackageSubmission("accepted/sent.yaml", "answers", text, frozenset({Verdict.AC}))
    sandbox: Sandbox = NoJail()
    results = {}
    for event in judge(job_of(quiz, sent, cases_of(quiz, data)), sandbox, data):
        if isinstance(event, TestDone):
            assert event.output is None
            results[event.result.name] = event.result
        elif isinstance(event, Judged):
            return event.result, results
    raise AssertionError("no verdict")


def test_its_own_submissions_get_what_their_folders_say(quiz: ProblemPackage) -> None:
    assert len(quiz.submissions) == 4
    for one in quiz.submissions:
        result, tests = judged(quiz, one.text)
        assert result.verdict in one.expected
        assert len(tests) == 4
    assert list(check_quiz(quiz)) == []


def test_each_question_has_a_verdict_and_a_wrong_one_its_misconception(
    quiz: ProblemPackage,
) -> None:
    result, tests = judged(quiz, SKELETON["submissions/wrong_answer/bits.yaml"])
    assert result.verdict is Verdict.WA
    assert [one.verdict for one in tests.values()] == [Verdict.WA] * 4
    assert [one.message for one in tests.values()] == [
        "32 are its bits and not its bytes.",
        "`clone` is what copies.",
        "32 Mi are its bits.",
        "This is from the most to the fewest.",
    ]
    # The test is hidden: the result contains neither the key nor the answer.
    assert {(one.input, one.expected, one.output) for one in tests.values()} == {(None,) * 3}


def test_what_is_right_and_what_is_missing(quiz: ProblemPackage) -> None:
    _, tests = judged(quiz, "01-bytes: a\n02-copies: [a]\n04-order:\n04-sizes: [c, b, a]\n"[:27])
    reasons = [one.difference.reason if one.difference else None for one in tests.values()]
    assert reasons == [None, Reason.CHOICES_MISSING, Reason.UNANSWERED, Reason.UNANSWERED]


def test_a_wrong_order_that_nobody_knows_is_just_wrong(quiz: ProblemPackage) -> None:
    _, tests = judged(quiz, "04-sizes: [c, b, a]\n03-matrix: 5\n")
    reasons = {name: one.difference.reason for name, one in tests.items() if one.difference}
    assert reasons["secret/03-matrix"] is reasons["secret/04-sizes"] is Reason.WRONG_ANSWER


def test_what_can_not_be_read_is_a_compile_error_with_its_line(quiz: ProblemPackage) -> None:
    result, tests = judged(quiz, "01-bytes: a\n02-copies: a\n05-no: b\n")
    assert (result.verdict, tests) == (Verdict.CE, {})
    assert result.compile_output.splitlines() == [
        "answers.yaml:2: error: `02-copies`: must be a list of some of a, b, c, each at most once",
        "answers.yaml:3: error: there is no question `05-no`; there are 01-bytes, 02-copies, "
        "03-matrix, 04-sizes",
    ]


def test_a_misconception_that_no_submission_has_is_an_error() -> None:
    path = "submissions/wrong_answer/float64.yaml"
    lacking = loaded({name: text for name, text in SKELETON.items() if name != path}, "mine")
    (finding,) = check_quiz(lacking)
    assert finding.is_error
    assert (finding.file, finding.message[:33]) == (
        "quiz.yaml",
        "`01-bytes`: no submission in wron",
    )
    assert all(is_mutant(one.expected) for one in lacking.submissions if "wrong" in one.path)
