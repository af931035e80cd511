"""A team's owner at work in pages: invitations, practice sets, members."""

import re

from judge.verdict import Verdict
from tests.integration.api.service import Service
from tests.integration.pages.browser import Browser, Page


def new_team(browser: Browser) -> Page:
    return browser.send(browser.open("/teams"), "/teams", name=f"Team {browser.user}")


def path_of(page: Page) -> str:
    return page.answer.url.path


def link_of(page: Page) -> str:
    found = re.search(r'value="(http[^"]+/join\?invite=[^"]+)"', page.html)
    assert found is not None
    return found[1]


def test_an_invitation_lets_somebody_in_until_it_is_revoked(
    service: Service, ada: Browser, eve: Browser
) -> None:
    team = new_team(ada)
    there = path_of(team)
    invited = ada.send(team, f"{there}/invitations", num_uses="2")
    assert invited.answer.headers["Cache-Control"] == "no-store"
    link = link_of(invited)
    assert link not in ada.open(there).html
    page = eve.open(link)
    inside = eve.send(page, f"{there}/join")
    assert "2 members" in inside.text
    assert f"{there}/invitations" not in [form.action for form in inside.forms]
    page = ada.open(there)
    revoke = next(form.action for form in page.forms if form.action.endswith("/revoke"))
    assert eve.http.post(revoke, data=inside.forms[0].fields).status_code == 403
    ada.send(page, revoke)
    with Browser(service.url) as late:
        late.sign_in_as(service, service.account())
        assert late.send(late.open(link), f"{there}/join").status == 410
    left = eve.send(inside, f"{there}/members/{eve.user}/remove")
    assert path_of(left) == "/teams"
    assert "1 member" in ada.open(there).text


def test_a_practice_set_has_a_board_of_its_own(service: Service, ada: Browser) -> None:
    team = new_team(ada)
    there = path_of(team)
    nameless = ada.send(team, f"{there}/sets", name=" ", problems="maxsubarray")
    assert (nameless.status, "Give the practice set a name" in nameless.text) == (422, True)
    wrong = ada.send(team, f"{there}/sets", name="Week", problems="nothing")
    assert (wrong.status, "There is no problem" in wrong.text) == (422, True)
    days = {"first_day": "2026-13-01", "last_day": ""}
    assert ada.send(team, f"{there}/sets", name="Week", problems="lorainit", **days).status == 422
    made = ada.send(team, f"{there}/sets", name="Week <1>", problems=["maxsubarray", "lorainit"])
    assert made.status == 200
    assert "Week &lt;1&gt;" in made.html
    sent = ada.open("/problems/maxsubarray")
    id = path_of(ada.send(sent, "/problems/maxsubarray/submissions")).rpartition("/")[2]
    service.judge(id, Verdict.AC)
    shown = ada.open(str(made.answer.url))
    assert "solved at try 1" in shown.html
    change = shown.answer.url.query.decode().removeprefix("set=")
    nothing = ada.send(shown, f"{there}/sets/{change}", problems="nothing")
    assert (nothing.status, "There is no problem" in nothing.text) == (422, True)
    changed = ada.send(
        shown,
        f"{there}/sets/{change}",
        name="Week 2",
        problems=["lorainit"],
        first_day="2026-01-01",
        last_day="2026-01-07",
    )
    assert "Week 2" in changed.text
    form = changed.form(f"{there}/sets/{change}")
    assert (form.fields["first_day"], form.fields["last_day"]) == ("2026-01-01", "2026-01-07")
    shown = changed
    drop = next(form.action for form in shown.forms if form.action.endswith("/drop"))
    assert "Week 2" not in ada.send(shown, drop).text


def test_a_team_is_handed_over(service: Service, ada: Browser, eve: Browser) -> None:
    team = new_team(ada)
    there = path_of(team)
    invited = ada.send(team, f"{there}/invitations")
    eve.send(eve.open(link_of(invited)), f"{there}/join")
    page = ada.send(ada.open(there), f"{there}/owner", user=eve.user)
    assert f"{there}/owner" not in [form.action for form in page.forms]
    page = eve.open(there)
    assert f"{there}/owner" in [form.action for form in page.forms]
    stranger = eve.send(page, f"{there}/owner", user="nobody")
    assert stranger.status == 404


def test_a_team_is_deleted_by_its_owner_who_writes_its_name(ada: Browser, eve: Browser) -> None:
    team = new_team(ada)
    there = path_of(team)
    invited = ada.send(team, f"{there}/invitations")
    joined = eve.send(eve.open(link_of(invited)), f"{there}/join")
    assert f"{there}/delete" not in [form.action for form in joined.forms]
    missed = ada.send(ada.open(there), f"{there}/delete", name="another")
    assert (missed.status, "That is not the team" in missed.text) == (422, True)
    name = {"name": f"Team {ada.user}"}
    assert eve.http.post(f"{there}/delete", data=joined.forms[0].fields | name).status_code == 403
    gone = ada.send(missed, f"{there}/delete", **name)
    assert (path_of(gone), ada.open(there).status, eve.open(there).status) == ("/teams", 404, 404)
