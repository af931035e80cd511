"""The longest allowed names on a phone, and a printed page."""

import pytest
from playwright.sync_api import Page, ViewportSize, expect

from judge.db import models
from judge.teams import invitations, membership, practice
from judge.teams.practice import PracticePlan
from judge.verdict import Verdict
from tests.browser.conftest import OpenAs, Parts
from tests.integration.api.service import Account

PHONE: ViewportSize = {"width": 390, "height": 844}
LONG = "W" * 63
SET = "S" * 100
# What reaches beyond the window, though nothing there scrolls: it can't be seen or pressed. A box
# that ends long text with dots shows nothing beyond its own edge.
CUT_OFF = """() => [...document.querySelectorAll("main *, .top *")]
  .filter((one) => !one.closest(".scroll, .ed, pre, .sr, svg, [hidden]") && one.checkVisibility())
  .filter((one) => getComputedStyle(one.parentElement).textOverflow !== "ellipsis")
  .filter((one) => one.getBoundingClientRect().right > document.documentElement.clientWidth + 1)
  .map((one) => one.outerHTML.slice(0, 160))"""


def long_account(parts: Parts, name: str) -> Account:
    """An account with that name, by which it is found from here on."""
    account = parts.service.account()
    with parts.service.db.write() as session:
        row = session.get_one(models.User, account.id)
        row.name, row.name_key = name, name.lower()
    return Account(name, account.id, account.http)


def test_on_a_phone_the_longest_names_hide_nothing(parts: Parts, open_as: OpenAs) -> None:
    service = parts.service
    owner, mate = long_account(parts, f"{LONG}1"), long_account(parts, f"{LONG}2")
    team = membership.create_team(service.db, owner.id, f"{LONG}T")
    word, _ = invitations.invite_to_team(service.db, team, by=owner.id, ttl_s=60, max_uses=1)
    invitations.join_team(service.db, team.slug, mate.id, word)
    plan = PracticePlan(SET, ["maxsubarray"])
    practice.create_practice(service.db, team, plan, by=owner.id)
    sent = [account.submitted() for account in (owner, mate)]
    for id in sent:
        service.judge(id, Verdict.AC)
    page = open_as(service, "/problems", owner)
    page.set_viewport_size(PHONE)
    found = {}
    for path in (
        *("/problems", "/leaderboard", "/teams", f"/teams/{team.slug}", f"/users/{owner.name}"),
        *(f"/submissions/{sent[0]}", "/submissions", "/tokens", "/problems/maxsubarray/solvers"),
    ):
        page.goto(path)
        cut_off = page.evaluate(CUT_OFF)
        wide = page.evaluate("document.documentElement.scrollWidth")
        if cut_off or wide > PHONE["width"]:
            found[path] = (wide, cut_off)
    assert found == {}
    # Beside the names there is room for the board.
    page.goto("/leaderboard")
    name = page.locator("tbody .who").first.bounding_box()
    assert name is not None
    assert name["width"] < PHONE["width"] / 2


def test_a_name_from_right_to_left_turns_nothing_else_round(parts: Parts, open_as: OpenAs) -> None:
    service = parts.service
    owner = service.account()
    team = membership.create_team(service.db, owner.id, "Left to right")
    # It begins with the character that makes the following text run from right to left.
    plan = PracticePlan("\u202eweek 🚀", ["maxsubarray"])
    practice.create_practice(service.db, team, plan, by=owner.id)
    page = open_as(service, f"/teams/{team.slug}", owner)
    chip = page.locator("nav .chip", has_text="open")
    # Where the first and the last letter of "open" stand.
    first, last = chip.evaluate(
        """(chip) => {
          const text = chip.lastChild;
          const at = text.data.indexOf("open");
          return [at, at + 3].map((place) => {
            const range = document.createRange();
            range.setStart(text, place);
            range.setEnd(text, place + 1);
            return range.getBoundingClientRect().left;
          });
        }"""
    )
    assert first < last


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_on_paper_a_page_has_all_of_it_dark_on_white(
    parts: Parts, open_as: OpenAs, theme: str
) -> None:
    service = parts.service
    account = service.account()
    id = account.submitted()
    service.judge(id, Verdict.WA)
    with service.db.write() as session:
        version = session.query(models.ProblemVersion).filter_by(sha256="maxsubarray").one()
        version.statements_html = {"en": "<p>A paragraph of it.</p>" * 60 + "<p id='end'>End</p>"}
    page = open_as(service, "/problems/maxsubarray", account)
    page.set_viewport_size({"width": 1200, "height": 700})
    page.locator(".top .menu summary").click()
    page.get_by_role("button", name=theme.title()).click()
    expect(page.locator("html")).to_have_attribute("data-theme", theme)
    page.emulate_media(media="print")
    assert page.evaluate("getComputedStyle(document.documentElement).colorScheme") == "light"
    expect(page.get_by_role("button", name="Submit")).to_be_hidden()
    assert cut(page, "#statement") == []
    page.goto(f"/submissions/{id}")
    assert cut(page, "main") == []
    expect(page.locator(".top")).to_be_hidden()


def cut(page: Page, place: str) -> list[str]:
    """Return the elements that can be seen only by scrolling."""
    found: list[str] = page.locator(place).evaluate(
        """(place) => [place, ...place.querySelectorAll("*")]
          .filter((one) => getComputedStyle(one).overflowY !== "visible")
          .filter((one) => one.scrollHeight > one.clientHeight + 1 && !one.closest(".sr"))
          .map((one) => one.outerHTML.slice(0, 100))"""
    )
    return found
