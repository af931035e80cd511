"""Known mistakes in a user's submissions, on their profile."""

from collections.abc import Mapping
from dataclasses import replace

from judge.mistakes.told import MOST
from judge.submissions import lifecycle as submissions
from judge.verdict import Verdict
from tests.integration.api.service import Account, Service, judged
from tests.integration.pages.browser import Browser, Page

NEGATIVE = {"en": "All numbers may be `negative`.", "zh": "数字可能全是负数。"}
EMPTY = {"en": "The array may be empty."}


def told(
    service: Service,
    account: Account,
    line: Mapping[str, str],
    verdict: Verdict = Verdict.WA,
    slug: str = "maxsubarray",
) -> str:
    id = account.submitted(slug)
    result = replace(judged(verdict), diagnosis=line)
    assert submissions.finish(service.db, service.claim(id), result)
    return id


def mistakes_of(page: Page) -> list[str]:
    """The lines of the list."""
    listed = page.html.partition('id="mistakes"')[2].partition("</ul>")[0]
    return listed.split("<li")[1:]


def test_ones_own_mistakes_are_listed_to_oneself(
    service: Service, visitor: Browser, eve: Browser
) -> None:
    account = service.account()
    path = f"/users/{account.name}"
    with Browser(service.url) as browser:
        browser.sign_in_as(service, account)
        assert "Nothing yet." in browser.open(path).html.partition('id="mistakes"')[2]
        told(service, account, EMPTY)
        told(service, account, {})
        told(service, account, NEGATIVE)
        newest = told(service, account, NEGATIVE, Verdict.RTE)
        elsewhere = told(service, account, EMPTY, slug="longestsubarray")
        page = browser.open(path)
        other, negative, empty = mistakes_of(page)
        assert f'href="/submissions/{elsewhere}"' in other
        assert ("1 time" in other, "not solved since" in other) == (True, True)
        assert f'href="/submissions/{newest}"' in negative
        assert "All numbers may be <code>negative</code>." in negative
        assert ("2 times" in negative, "Run-time error" in negative) == (True, True)
        assert "1 time" in empty
        # An accepted one counts for what was told before it, and for its own problem.
        service.judge(account.submitted(), Verdict.AC)
        other, negative, empty = mistakes_of(browser.open(path))
        assert ["not solved since" in one for one in (other, negative, empty)] == [
            True,
            False,
            False,
        ]
        assert "solved since" in empty
        told(service, account, EMPTY)
        assert ["not solved since" in one for one in mistakes_of(browser.open(path))] == [
            True,
            True,
            False,
        ]
        for number in range(MOST):
            told(service, account, {"en": f"Mistake {number}"})
        lines = mistakes_of(browser.open(path))
        assert (len(lines), f"Mistake {MOST - 1}<" in lines[0]) == (MOST, True)
    for browser in (visitor, eve):
        page = browser.open(path)
        assert (page.status, 'id="mistakes"' in page.html) == (200, False)
    with Browser(service.url, "zh") as browser:
        browser.sign_in_as(service, account)
        told(service, account, NEGATIVE)
        assert "数字可能全是负数。" in mistakes_of(browser.open(path))[0]
