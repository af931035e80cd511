"""The problem's page has the reference solution once the problem is solved."""

from collections.abc import Iterator

import pytest

from cli.skeletons import skeleton
from judge.accounts.users import find_user
from judge.interviews import sittings
from judge.job import Kind
from judge.problems.publish import publish
from tests.integration.api.service import Service, problems_for_now
from tests.integration.pages.browser import Browser
from tests.support.sittings import add_interview, let_pass
from tests.unit.judge.problem_package.making import UUID, changed, loaded

PAGE = "/problems/addition"
SOLUTION = "def add(a, b):  # <b>\n    return a + b\n"
SHOWN = "def add(a, b):  # &lt;b&gt;\n    return a + b\n"


@pytest.fixture(scope="module", autouse=True)
def problem(service: Service) -> Iterator[None]:
    files = skeleton(Kind.FUNCTION, "addition", UUID)
    with problems_for_now(service):
        own = changed({"submissions/accepted/add.py": SOLUTION}, files)
        publish(service.db, loaded(own, "addition"))
        yield


def solved_by(service: Service, browser: Browser) -> str:
    """The address of an accepted submission."""
    sent = browser.send(
        browser.open(PAGE), f"{PAGE}/submissions", source="pass", language="python3"
    )
    service.judge(sent.answer.url.path.rpartition("/")[2])
    return sent.answer.url.path


def test_it_folds_open_once_the_problem_is_solved(
    service: Service, ada: Browser, eve: Browser, visitor: Browser
) -> None:
    accepted = solved_by(service, ada)
    page = ada.open(PAGE)
    assert '<div id="reference">' in page.html
    assert SHOWN in page.html
    assert "Reference solution" in page.text
    assert f'href="{PAGE}?submission={accepted.rpartition("/")[2]}#reference"' in (
        ada.open(accepted).html
    )
    with Browser(service.url, "zh") as chinese:
        chinese.http.cookies = ada.http.cookies
        assert "参考解答" in chinese.open(PAGE).text
    for other in (eve, visitor):
        assert SHOWN not in other.open(PAGE).html


def test_a_guest_who_has_solved_it_sees_it_too(service: Service, visitor: Browser) -> None:
    solved_by(service, visitor)
    assert SHOWN in visitor.open(PAGE).html


def test_it_is_hidden_while_an_interview_asks_the_problem(service: Service, ada: Browser) -> None:
    solved_by(service, ada)
    account = find_user(service.db, ada.user)
    assert account is not None
    interview = add_interview(service.db, ("addition",))
    sitting = sittings.start(service.db, account.id, interview).id
    assert SHOWN not in ada.open(PAGE).html
    let_pass(service.db, sitting, 600)
    assert SHOWN in ada.open(PAGE).html
