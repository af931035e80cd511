"""Submit and run from a page: without JavaScript, and without losing what was typed."""

from dataclasses import replace

import pytest

from judge.accounts import users
from judge.differences import Difference, Reason
from judge.result import TestResult
from judge.settings import Settings
from judge.submissions import lifecycle
from judge.submissions.lifecycle import Progress, read_submission
from judge.verdict import Verdict
from tests.integration.api.service import Service, judged, results, running
from tests.integration.pages.browser import Browser, Page

PROBLEM = "/problems/maxsubarray"
SUBMIT = f"{PROBLEM}/submissions"
RUN = f"{PROBLEM}/runs"


def id_of(page: Page) -> str:
    assert page.answer.url.path.startswith("/submissions/"), page.text
    return page.answer.url.path.rpartition("/")[2]


def test_a_submission_and_its_verdict(service: Service, ada: Browser) -> None:
    page = ada.open(PROBLEM)
    assert page.form(SUBMIT).fields["source"] == "def max_subarray(nums):\n"
    sent = ada.send(page, SUBMIT, source="pass\r\n# <b>&\r\n", language="cpp")
    assert '<noscript><meta http-equiv="refresh" content="2"></noscript>' in sent.html
    assert "Waiting" in sent.text
    id = id_of(sent)
    view = read_submission(service.db, id)
    assert view is not None
    assert (view.source, view.language, view.user) == ("pass\n# <b>&\n", "cpp", ada.user)
    service.judge(id, Verdict.WA)
    done = ada.open(f"/submissions/{id}")
    assert "refresh" not in done.html
    assert "Wrong answer" in done.text
    assert "1 of 2 tests pass" in done.text
    assert "&lt;b&gt;&amp;" in done.html
    assert "HIDDEN-" not in done.html
    editor = ada.open(PROBLEM, submission=id).form(SUBMIT).fields
    assert (editor["source"], editor["language"]) == ("pass\n# <b>&\n", "cpp")
    assert ada.open("/problems/lorainit", submission=id).status == 404
    assert "Maxsubarray" in ada.open("/submissions", verdict="WA").text
    assert "No submission matches" in ada.open("/submissions", verdict="AC").text


def test_a_file_is_submitted_in_place_of_the_text(service: Service, ada: Browser) -> None:
    page = ada.open(PROBLEM)
    answer = ada.http.post(
        SUBMIT,
        data=page.form(SUBMIT).fields,
        files={"file": ("kadane.py", b"print('\xe6\xa2\xaf')\r\n")},
        headers={"Origin": ada.url},
    )
    view = read_submission(service.db, answer.url.path.rpartition("/")[2])
    assert view is not None
    assert view.source == "print('梯')\n"


def test_runs_take_the_samples_or_an_own_input(service: Service, ada: Browser) -> None:
    page = ada.open(PROBLEM)
    on_samples = id_of(ada.send(page, SUBMIT, RUN, on="samples", source="pass"))
    own = id_of(ada.send(page, SUBMIT, RUN, on="input", input="1\r\n7\r\n", source="pass"))
    for id in (on_samples, own):
        view = read_submission(service.db, id)
        assert view is not None
        assert view.purpose == "run"
    service.judge(on_samples)
    shown = ada.open(f"/submissions/{on_samples}")
    assert "it counts nowhere" in shown.text
    assert "EXPECTED" in shown.text
    assert on_samples not in ada.open("/submissions").html


def ran_on_own_input(service: Service, user: Browser, input: str, result: TestResult) -> str:
    """A run's id; its one test has this result."""
    page = user.open(PROBLEM)
    id = id_of(user.send(page, SUBMIT, RUN, on="input", input=input, source="pass"))
    claim = service.claim(id)
    assert lifecycle.record(service.db, claim, Progress(total=1, results={1: result}))
    assert lifecycle.finish(service.db, claim, judged(result.verdict))
    return id


def test_an_output_on_an_own_input_is_shown_as_it_is_and_not_called_accepted(
    service: Service, ada: Browser
) -> None:
    # There is no expected answer to compare with; and the output begins with an empty line.
    sample = replace(results(Verdict.AC)[0], expected="", input="\n7\n", output="\n\x1b[1mtext\r\n")
    id = ran_on_own_input(service, ada, "\n7\n", sample)
    shown = ada.open(f"/submissions/{id}")
    assert "Ran to the end" in shown.text
    assert "Accepted" not in shown.html.partition("</h1>")[0]
    # The first line end after the tag is none of the text.
    assert '<pre tabindex="0">\n\n7\n</pre>' in shown.html
    assert '<pre tabindex="0">\n\n\x1b[1mtext' in shown.html
    with ada.http.stream("GET", f"/submissions/{id}/panel/events") as answer:
        told = answer.read().decode().partition('"innerHTML:#announced">')[2]
    assert told.startswith("Ran to the end")


def test_an_own_input_that_is_not_valid_is_told_as_that_and_as_nobody_s_fault(
    service: Service, ada: Browser
) -> None:
    refused = replace(results(Verdict.JE)[0], difference=Difference(Reason.INVALID_INPUT))
    shown = ada.open(f"/submissions/{ran_on_own_input(service, ada, 'x', refused)}")
    assert "The input is not valid" in shown.html.partition("</h1>")[0]
    assert "This input isn't valid for this problem" in shown.text
    assert "The fault is ours" not in shown.text


@pytest.mark.parametrize(
    ("filled", "status", "said"),
    [
        ({"source": "  "}, 422, "The source is empty"),
        ({"source": "x" * 70_000}, 422, "at most 65536 bytes"),
        ({"source": "pass", "language": "cobol"}, 422, "There is no language"),
        ({"source": "pass", "language": "go"}, 422, "not installed here"),
        ({"source": "pass", "language": "pytorch"}, 422, "does not take"),
    ],
)
def test_what_is_refused_stays_in_the_editor(
    ada: Browser, filled: dict[str, str], status: int, said: str
) -> None:
    page = ada.open(PROBLEM)
    refused = ada.send(page, SUBMIT, **filled)
    assert (refused.status, said in refused.text) == (status, True)
    assert refused.form(SUBMIT).fields["source"] == filled["source"]
    assert "Your code is still in the editor" in refused.text


def test_a_session_that_ended_in_mid_edit_loses_nothing(service: Service, ada: Browser) -> None:
    page = ada.open(PROBLEM)
    user = users.find_user(service.db, ada.user)
    assert user is not None
    for token in users.list_tokens(service.db, user.id):
        users.revoke_token(service.db, user.id, token.id)
    refused = ada.send(page, SUBMIT, source="my work")
    assert refused.status == 401
    assert refused.form(SUBMIT).fields["source"] == "my work"
    there = ada.send(
        refused, SUBMIT, account="new", name=f"{ada.user}-2", password="correct horse battery"
    )
    assert "my work" in there.text
    assert f"{ada.user}-2" in there.text


def test_where_there_are_no_guests_a_visitor_makes_an_account_and_submits_at_once(
    service: Service, settings: Settings
) -> None:
    without = settings.model_copy(update={"guests": False})
    with running(without) as (_, url), Browser(url) as visitor:
        page = visitor.open(PROBLEM)
        assert "Make an account and submit" in page.text
        assert visitor.send(page, SUBMIT, source="my work").status == 401
        who = {"name": "Lin", "password": "correct horse battery"}
        taken = visitor.send(page, SUBMIT, source="pass", account="mine", **who)
        assert taken.status == 401
        sent = visitor.send(taken, SUBMIT, source="pass", account="new", **who)
        view = read_submission(service.db, id_of(sent))
        assert view is not None
        assert view.user == "Lin"


@pytest.mark.usefixtures("service")  # it publishes the problem
def test_too_much_at_a_time_is_a_page_that_says_when(settings: Settings) -> None:
    strict = settings.model_copy(update={"limit_submit": "1/hour"})
    with running(strict) as (_, url), Browser(url) as browser:
        page = browser.open(PROBLEM)
        who = {"name": "Often", "password": "correct horse battery"}
        again = browser.send(page, SUBMIT, source="pass", account="new", **who)
        problem = browser.open(PROBLEM)
        assert again.status == 200
        refused = browser.send(problem, SUBMIT, source="my work")
        assert refused.status == 429
        assert "again in" in refused.text
        assert refused.form(SUBMIT).fields["source"] == "my work"


def test_a_stranger_s_submission_is_not_there(ada: Browser, eve: Browser) -> None:
    mine = id_of(ada.send(ada.open(PROBLEM), SUBMIT, source="pass"))
    assert eve.open(f"/submissions/{mine}").status == 404
    assert eve.open(PROBLEM, submission=mine).status == 404
