"""Faults while a page is open: no typed text is lost, and the page says what happened.

Each test has its own service, whose parts it stops. Browsers write error answers to their console,
which is a failure in other tests.
"""

import sqlite3
from contextlib import closing
from pathlib import Path

from playwright.sync_api import Page, expect
from sqlalchemy import event

from judge.monitoring import withdraw_problem
from judge.teams import invitations, membership
from judge.verdict import Verdict
from tests.browser.conftest import OpenAs, Parts
from tests.browser.people import PATIENCE_MS, expect_code, in_editor
from tests.browser.test_accessible import findings
from tests.browser.test_keyboard import walk

PROBLEM = "/problems/maxsubarray?language=python3"


def submit(page: Page, source: str) -> None:
    in_editor(page).fill(source)
    page.get_by_role("button", name="Submit").click()


def test_without_the_broker_the_verdict_comes_into_the_page(parts: Parts, open_as: OpenAs) -> None:
    page = open_as(parts.service, PROBLEM, parts.service.account())
    parts.broker.close()
    submit(page, "# my work")
    result = page.locator("#result")
    expect(result).to_have_attribute("data-state", "queued")
    parts.service.judge(result.get_attribute("data-submission") or "", Verdict.WA)
    expect(page.locator("#live .said")).to_have_text("Wrong answer", timeout=PATIENCE_MS)
    expect_code(page, "# my work")


def test_while_the_database_is_locked_the_code_stays_and_goes_through_later(
    parts: Parts, open_as: OpenAs
) -> None:
    page = open_as(parts.service, PROBLEM, parts.service.account())
    engine = parts.server.services.db.engine
    # Half a minute of patience is the same error later.
    event.listen(engine, "connect", lambda one, _: one.execute("PRAGMA busy_timeout=50"))
    engine.dispose()
    with closing(sqlite3.connect(engine.url.database or "", isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        submit(page, "# my work")
        alert = page.get_by_role("alert")
        expect(alert).to_contain_text("The database can't do it now", timeout=PATIENCE_MS)
        expect(alert).to_contain_text("Your code is still in the editor.")
        expect_code(page, "# my work")
        assert findings(page) == []
        # A draft can't be stored either: it is in this browser, also after a reload.
        page.reload()
        expect_code(page, "# my work")
        other.execute("ROLLBACK")
    page.get_by_role("button", name="Submit").click()
    expect(page.locator("#result")).to_have_attribute("data-state", "queued")


def test_too_often_is_told_beside_the_code_with_when_to_go_on(
    tmp_path: Path, open_as: OpenAs
) -> None:
    strict = Parts(tmp_path, limit_submit="1/hour")
    try:
        page = open_as(strict.service, PROBLEM, strict.service.account())
        submit(page, "# first")
        expect(page.locator("#result")).to_have_attribute("data-state", "queued")
        submit(page, "# my work")
        alert = page.get_by_role("alert")
        expect(alert).to_contain_text("Too many submissions of yours; try again in")
        expect(alert.locator("[data-wait]")).to_contain_text("You can go on in")
        assert findings(page) == []
        expect(page.get_by_text("Draft kept", exact=True)).to_be_visible()
        page.goto(PROBLEM)
        expect_code(page, "# my work")
    finally:
        strict.close()


def test_a_withdrawn_problem_s_page_has_what_only_the_browser_has(
    parts: Parts, open_as: OpenAs
) -> None:
    service = parts.service
    visitor = open_as(service, PROBLEM)
    in_editor(visitor).fill("# a visitor's work")
    expect(visitor.get_by_text("Draft kept in this browser", exact=True)).to_be_visible()
    member = open_as(service, PROBLEM, service.account())
    in_editor(member).fill("# a member's work")
    expect(member.get_by_text("Draft kept", exact=True)).to_be_visible()
    withdraw_problem(service.db, "maxsubarray", by=service.account("admin").id, withdrawn=True)
    # Written after that: the server takes no draft any more.
    submit(member, "# newer")
    expect(member.get_by_role("alert")).to_contain_text("not offered any more")
    for page, kept in ((visitor, ["# a visitor's work"]), (member, ["# a member's work\n"])):
        page.reload()
        expect(page.get_by_text("This problem was withdrawn")).to_be_visible()
        expect(page.get_by_role("heading", name="Your draft")).to_be_visible()
        assert page.get_by_role("textbox").first.input_value().strip() == kept[0].strip()
        assert [*findings(page), *walk(page)] == []
    newer = member.get_by_label("In this browser · python3")
    assert newer.input_value() == "# newer"
    newer.focus()
    member.keyboard.press("Control+a")
    assert member.evaluate("getSelection().toString()").strip() == "# newer"


def test_a_team_that_is_deleted_is_gone_where_its_page_is_open_and_after_back(
    parts: Parts, open_as: OpenAs
) -> None:
    service = parts.service
    owner, mate = service.account(), service.account()
    team = membership.create_team(service.db, owner.id, "Shortlived")
    word, _ = invitations.invite_to_team(service.db, team, by=owner.id, ttl_s=60, max_uses=1)
    invitations.join_team(service.db, team.slug, mate.id, word)
    there = f"/teams/{team.slug}"
    open_page, deleting = open_as(service, there, mate), open_as(service, there, owner)
    expect(open_page.get_by_role("heading", name="Shortlived")).to_be_visible()
    deleting.get_by_text("Delete the team").click()
    deleting.get_by_label("Type its name to confirm").fill("Shortlived")
    deleting.get_by_role("button", name="Delete", exact=True).click()
    deleting.wait_for_url("**/teams")
    deleting.go_back()
    for page in (open_page, deleting):
        expect(page.get_by_text("may have been deleted")).to_be_visible(timeout=PATIENCE_MS)
        assert findings(page) == []
        page.get_by_role("link", name="Your teams").click()
        expect(page.get_by_role("heading", name="Teams")).to_be_visible()
