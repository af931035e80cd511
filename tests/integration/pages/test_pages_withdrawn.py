"""A withdrawn problem's page says so, and shows each user their own drafts and submissions."""

import pytest

from judge.monitoring import withdraw_problem
from judge.submissions.drafts import keep_draft
from tests.integration.api.service import Service, add_problem
from tests.integration.pages.browser import Browser

HERE = "/problems/shortlived"
SUBMIT = f"{HERE}/submissions"
DRAFT = "# my <draft>\n"


@pytest.fixture(scope="module")
def withdrawn(service: Service) -> str:
    """Withdraw the problem; return the id of the admin who can bring it back."""
    add_problem(service.db, "shortlived")
    return service.account("admin").id


def withdraw(service: Service, by: str, *, withdrawn: bool = True) -> None:
    withdraw_problem(service.db, "shortlived", by=by, withdrawn=withdrawn)


def test_the_page_has_one_s_draft_and_submissions(
    service: Service, withdrawn: str, eve: Browser, visitor: Browser
) -> None:
    account = service.account()
    keep_draft(service.db, account.id, "shortlived", "python3", DRAFT)
    sent = account.submitted("shortlived")
    withdraw(service, withdrawn)
    with Browser(service.url) as browser:
        browser.sign_in_as(service, account)
        page = browser.open(HERE)
        assert (page.status, "This problem was withdrawn" in page.text) == (404, True)
        assert "Your draft" in page.text
        assert "# my &lt;draft&gt;" in page.html
        assert f'href="/submissions/{sent}"' in page.html
        # It still says what it was, and the submission itself stays.
        assert "my code" not in page.text
        assert browser.open(f"/submissions/{sent}").status == 200
    for other in (eve, visitor):
        page = other.open(HERE)
        assert (page.status, "This problem was withdrawn" in page.text) == (404, True)
        assert "my &lt;draft" not in page.html
        assert sent not in page.html
    with Browser(service.url, "zh") as chinese:
        assert "这道题已下架" in chinese.open(HERE).text
    withdraw(service, withdrawn, withdrawn=False)
    with Browser(service.url) as browser:
        browser.sign_in_as(service, account)
        page = browser.open(HERE)
        assert (page.status, page.form(SUBMIT).fields["source"]) == (200, DRAFT)


def test_what_is_sent_too_late_is_shown_again(
    service: Service, withdrawn: str, ada: Browser, visitor: Browser
) -> None:
    pages = [(browser, browser.open(HERE)) for browser in (ada, visitor)]
    withdraw(service, withdrawn)
    for browser, page in pages:
        gone = browser.send(page, SUBMIT, source="my <work>")
        assert (gone.status, "This problem was withdrawn" in gone.text) == (404, True)
        assert "was not stored" in gone.text
        assert "my &lt;work&gt;</textarea>" in gone.html
        quiz = browser.send(page, SUBMIT, **{"source": "", "answer.first": "b", "answer.last": "3"})
        assert "first: b last: 3" in quiz.text
        headers = {"Origin": browser.url, "HX-Request": "true"}
        part = browser.http.post(SUBMIT, data=page.form(SUBMIT).fields, headers=headers)
        assert (part.status_code, part.text[:4]) == (404, "<div")
        assert "not offered any more" in part.text
    withdraw(service, withdrawn, withdrawn=False)


def test_a_problem_that_never_was_is_not_called_withdrawn(ada: Browser) -> None:
    page = ada.open("/problems/neverwas")
    assert (page.status, "was withdrawn" in page.text) == (404, False)
    sent = ada.http.post(
        "/problems/neverwas/submissions", data={"source": "x"}, headers={"Origin": ada.url}
    )
    assert (sent.status_code, "was withdrawn" in sent.text) == (404, False)
