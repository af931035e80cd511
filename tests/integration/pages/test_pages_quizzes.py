"""A quiz: answered in the page without JavaScript, judged, and explained once it is solved."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from cli.quizzes import quiz_data
from cli.skeletons import skeleton
from judge import blobs
from judge.job import Kind
from judge.monitoring import withdraw_problem
from judge.problems.publish import publish
from judge.submissions import lifecycle as submissions
from judge.submissions.lifecycle import Progress, read_submission
from judge.verdict import Verdict
from tests.integration.api.service import Service
from tests.integration.pages.browser import Browser, Page
from tests.unit.judge.problem_package.making import UUID, loaded
from worker.judging.judging import Judged, TestDone, judge
from worker.judging.test_data import BlobCache

PROBLEM = "/problems/numbers"
SUBMIT = f"{PROBLEM}/submissions"
RIGHT = {
    "answer.01-bytes": "a",
    "answer.02-copies": ["b", "a"],
    "answer.03-matrix": " 4 MiB ",
    "answer.04-sizes.a": "3",
    "answer.04-sizes.b": "1",
    "answer.04-sizes.c": "2",
}
BACKGROUND = "A byte has eight bits."
SECRETS = ("32 are its bits", "Interchange format parameters", "32 bits are 4 bytes")


@pytest.fixture(scope="module", autouse=True)
def quiz(service: Service) -> Iterator[None]:
    """Withdrawn in the end: other tests list the problems."""
    exact = dict(skeleton(Kind.QUIZ, "numbers", UUID))
    exact["statement/problem.en.md"] += f"\n## Background\n\n{BACKGROUND}\n"
    text = exact["quiz.yaml"].replace("    answer: 4\n", "    answer: 4\n    tolerance: 0.005\n")
    nearly = {**skeleton(Kind.QUIZ, "nearly", UUID.replace("0f6e", "3f6e")), "quiz.yaml": text}
    publish(service.db, loaded(exact, "numbers"))
    publish(service.db, loaded({**nearly, **quiz_data(nearly)}, "nearly"))
    yield
    admin = service.account("admin")
    for slug in ("numbers", "nearly"):
        withdraw_problem(service.db, slug, by=admin.id, withdrawn=True)


@pytest.fixture
def cache(service: Service, tmp_path: Path) -> BlobCache:
    def fetch(sha256: str) -> bytes | None:
        with service.db.read() as session:
            return blobs.get(session, sha256)

    return BlobCache(fetch, tmp_path)


def answer(browser: Browser, answers: dict[str, Any]) -> Page:
    # No box is ticked unless the test says so.
    return browser.send(browser.open(PROBLEM), SUBMIT, **{"answer.02-copies": [], **answers})


def judged(service: Service, cache: BlobCache, page: Page) -> str:
    """Judge the submission whose page this is as a worker does; its id."""
    id = page.answer.url.path.rpartition("/")[2]
    claim = service.claim(id)
    job = submissions.load_job(service.db, claim)
    results, sandbox = {}, None
    for event in judge(job, sandbox, cache):  # type: ignore[arg-type] # nothing is run
        if isinstance(event, TestDone):
            results[event.index] = event.result
        elif isinstance(event, Judged):
            progress = Progress(total=len(results), results=results)
            assert submissions.finish(service.db, claim, event.result, progress)
    return id


def test_the_questions_are_a_form_without_their_key(ada: Browser, service: Service) -> None:
    page = ada.open(PROBLEM)
    assert "How many bytes does a float32 take?" in page.text
    assert "1024" in page.html
    problem = service.http.get("/problems/numbers").json()
    assert [one["id"] for one in problem["questions"]][:2] == ["01-bytes", "02-copies"]
    assert {one["solution"] for one in problem["questions"]} == {None}
    assert problem["questions"][2]["unit"] == {"en": "MiB", "zh": "MiB"}
    for text in (page.html, str(problem)):
        assert not [secret for secret in SECRETS if secret in text]
    assert "一个 float32 占多少字节？" in ada.open(PROBLEM, statement="zh").text


def test_who_answers_is_told_how_exact_a_number_must_be(ada: Browser, service: Service) -> None:
    assert "a number, at most 0.5 % off" in ada.open("/problems/nearly").text
    problem = service.http.get("/problems/nearly").json()
    assert [one["tolerance"] for one in problem["questions"]] == [0, 0, 0.005, 0]
    assert "a number in MiB, at most 0.5 % off" in problem["templates"]["answers"]
    assert "% off" not in ada.open(PROBLEM).text


def test_a_wrong_answer_is_told_its_misconception_and_nothing_else(
    ada: Browser, service: Service, cache: BlobCache
) -> None:
    sent = answer(ada, {**RIGHT, "answer.01-bytes": "b", "answer.03-matrix": ""})
    id = judged(service, cache, sent)
    view = read_submission(service.db, id)
    assert view is not None
    assert view.source == '01-bytes: "b"\n02-copies: ["b", "a"]\n04-sizes: ["b", "c", "a"]\n'
    assert (view.verdict, view.language) == (Verdict.WA, "answers")
    verdicts = [test.verdict for test in view.tests]
    assert verdicts == [Verdict.WA, Verdict.AC, Verdict.WA, Verdict.AC]
    page = ada.open(f"/submissions/{id}")
    assert "2 of 4 questions are right" in page.text
    assert "Question 1: 32 are its bits and not its bytes." in page.text
    assert "This question is not answered." in page.text
    # The form shows the given answers again, each with its result.
    again = ada.open(PROBLEM, submission=id)
    assert 'value="b" checked' in again.html
    assert again.form(SUBMIT).fields["answer.04-sizes.c"] == "2"
    assert "32 are its bits and not its bytes." in again.text
    assert "32 bits are 4 bytes." not in again.text


def test_once_it_is_solved_each_answer_is_explained(
    ada: Browser, eve: Browser, service: Service, cache: BlobCache
) -> None:
    assert BACKGROUND not in ada.open(PROBLEM).text
    assert BACKGROUND not in ada.http.get("/api/v1/problems/numbers").text
    judged(service, cache, answer(ada, RIGHT))
    assert BACKGROUND in ada.open(PROBLEM).text
    told = ada.http.get("/api/v1/problems/numbers").json()
    assert BACKGROUND in told["background_html"]
    assert [BACKGROUND in html for html in told["statements"].values()] == [True, False]
    page = ada.open(PROBLEM)
    assert "32 bits are 4 bytes." in page.text
    assert "IEEE 754-2019" in page.text
    assert "IEEE 754-2019" not in eve.open(PROBLEM).text
    assert "IEEE 754-2019" in ada.http.get("/api/v1/problems/numbers").text


@pytest.mark.parametrize(
    ("answers", "complaint"),
    [
        ({}, "The source is empty."),
        ({**RIGHT, "answer.04-sizes.c": "1"}, "Question 4: give each place to one item."),
        ({**RIGHT, "answer.04-sizes.c": ""}, "Question 4: give each place to one item."),
    ],
)
def test_what_is_wrong_with_the_form_is_said_and_the_rest_stays(
    ada: Browser, answers: dict[str, Any], complaint: str
) -> None:
    page = answer(ada, answers)
    assert page.status == 422
    assert complaint in page.text
    assert ('value="a" checked' in page.html) is bool(answers)


def test_places_that_make_no_order_stay_in_the_form(ada: Browser) -> None:
    page = answer(ada, {**RIGHT, "answer.04-sizes.b": "2", "answer.04-sizes.a": ""})
    assert page.status == 422
    fields = page.form(SUBMIT).fields
    assert [fields[f"answer.04-sizes.{item}"] for item in "abc"] == ["", "2", "2"]
    assert fields["answer.03-matrix"] == "4 MiB"


def test_a_draft_stands_in_the_form_however_it_is_written(service: Service) -> None:
    account = service.account()
    draft = "01-bytes: b\n02-copies: [c]\n03-matrix: 4 Mi\n04-sizes: {a: 2, c: 2, b: [1]}\n"
    path = "/problems/numbers/drafts/answers"
    assert account.http.put(path, json={"source": draft}).status_code == 200
    with Browser(service.url) as browser:
        browser.sign_in_as(service, account)
        page = browser.open(PROBLEM)
        assert 'value="b" checked' in page.html
        assert 'value="c" checked' in page.html
        assert page.html.count(" checked") == 2
        fields = page.form(SUBMIT).fields
        assert fields["answer.03-matrix"] == "4 Mi"
        assert [fields[f"answer.04-sizes.{item}"] for item in "abc"] == ["2", "", "2"]
        # A file that is not an answers file leaves all questions unanswered.
        account.http.put(path, json={"source": "- 1\n"})
        assert " checked" not in browser.open(PROBLEM).html


def test_answers_that_make_no_sense_are_a_compile_error(
    ada: Browser, service: Service, cache: BlobCache
) -> None:
    id = judged(service, cache, answer(ada, {**RIGHT, "answer.01-bytes": "z"}))
    view = read_submission(service.db, id)
    assert view is not None
    assert view.verdict is Verdict.CE
    assert "answers.yaml:1: error: `01-bytes`: must be one of a, b, c" in view.compile_output


def test_there_is_nothing_to_run(service: Service) -> None:
    account = service.account()
    body = {"language": "answers", "source": "01-bytes: a\n"}
    refused = account.http.post("/problems/numbers/runs", json=body)
    assert refused.status_code == 422
    assert "submit the answers" in refused.text
    too_long = {**body, "source": f"# {'x' * 9000}\n"}
    refused = account.http.post("/problems/numbers/submissions", json=too_long)
    assert refused.status_code == 422
    assert "8192 bytes at most" in refused.text
