"""The longest names that there may be, on a phone."""

from playwright.sync_api import ViewportSize

from judge.db import models
from judge.teams import invitations, membership, practice
from judge.teams.practice import PracticePlan
from judge.verdict import Verdict
from tests.browser.conftest import OpenAs, Parts
from tests.integration.api.service import Account

PHONE: ViewportSize = {"width": 390, "height": 844}
LONG = "W" * 63
SET = "S" * 100
# What reaches beyond the window, though nothing there scrolls: it can't be seen or pressed.
CUT_OFF = """() => [...document.querySelectorAll("main *, .top *")]
  .filter((one) => !one.closest(".scroll, .ed, pre, .sr, svg, [hidden]") && one.checkVisibility())
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
