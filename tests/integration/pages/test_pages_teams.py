"""A team's owner at work in pages: invitations, practice sets, members."""

import re
from typing import Any

from judge.monitoring import withdraw_problem
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
    assert f"invited by {ada.user}" in page.text
    inside = eve.send(page, f"{there}/join")
    assert "2 members" in inside.text
    # Other tests of this folder add problems.
    assert re.search(rf"{eve.user}0 / \d+never", inside.text)
    assert f"{there}/invitations" not in [form.action for form in inside.forms]
    page = ada.open(there)
    revoke = next(form.action for form in page.forms if form.action.endswith("/revoke"))
    assert eve.http.post(revoke, data=inside.forms[0].fields).status_code == 403
    ada.send(page, revoke)
    with Browser(service.url) as late:
        late.sign_in_as(service, service.account())
        assert late.open(link).status == 410
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
    # If there are too many problems for checkboxes, their slugs are typed.
    no_days = {"first_day": "", "last_day": ""}
    written: dict[str, Any] = {
        "name": "Week 3",
        "problems": [],
        "slugs": "lorainit\n  maxsubarray ",
        **no_days,
    }
    shown = ada.send(changed, f"{there}/sets/{change}", **written)
    assert "solved at try 1" in shown.html
    drop = next(form.action for form in shown.forms if form.action.endswith("/drop"))
    assert "Week 3" not in ada.send(shown, drop).text


def test_a_team_opens_on_the_set_that_runs_now(ada: Browser) -> None:
    team = new_team(ada)
    there = path_of(team)

    def make(name: str, first_day: str, last_day: str) -> None:
        page = ada.open(there, period="all")
        days = {"first_day": first_day, "last_day": last_day}
        made = ada.send(page, f"{there}/sets", name=name, problems="lorainit", **days)
        assert made.status == 200

    def chosen(page: Page) -> list[str]:
        found = re.findall(r'<a class="chip"[^>]* aria-current="true">(.+?)</a>', page.html)
        return [re.sub("</?bdi>", "", one) for one in found]

    make("Over", "2020-01-01", "2020-01-07")
    make("To come", "2999-01-01", "2999-01-07")
    assert chosen(ada.open(there)) == ["All time"]
    make("Always", "", "")
    make("Longest", "2020-01-01", "2998-01-01")
    make("Now", "2020-01-01", "2997-01-01")
    page = ada.open(there)
    assert chosen(page) == ["Now · open until 2997-01-01"]
    assert "Always · open" in page.text
    assert ("Over ·" in page.text, "To come ·" in page.text) == (False, False)
    # What moves is the board that the page shows.
    (stream,) = re.findall(r'sse-connect="[^"]*[?&;]set=([0-9a-z-]+)&amp;', page.html)
    assert f"{there}/sets/{stream}/drop" in [form.action for form in page.forms]
    # The form for another set is one link away.
    assert f'href="{there}?period=all#new-set"' in page.html
    everything = ada.open(there, period="all")
    assert chosen(everything) == ["All time"]
    assert "New practice set" in everything.text
    refused = ada.send(everything, f"{there}/sets", name="More", problems="nothing")
    assert (refused.status, chosen(refused)) == (422, ["All time"])
    assert f"{there}/sets" in [form.action for form in refused.forms]


def test_the_list_of_problems_shows_the_sets_that_run_now(
    service: Service, ada: Browser, eve: Browser
) -> None:
    there = path_of(new_team(ada))

    def make(name: str, *problems: str, first_day: str, last_day: str) -> str:
        page = ada.open(there, period="all")
        days = {"first_day": first_day, "last_day": last_day}
        made = ada.send(page, f"{there}/sets", name=name, problems=problems, **days)
        return made.answer.url.query.decode()

    days = {"first_day": "2020-01-01", "last_day": "2997-01-01"}
    make("Over", "lorainit", first_day="2020-01-01", last_day="2020-01-07")
    make("To come", "lorainit", first_day="2998-01-01", last_day="")
    now = make("Now <1>", "lorainit", "maxsubarray", **days)
    assert make("Always", "lorainit", first_day="", last_day="")
    form = ada.open("/problems/maxsubarray")
    id = path_of(ada.send(form, "/problems/maxsubarray/submissions")).rpartition("/")[2]
    service.judge(id, Verdict.AC)
    page = ada.open("/problems")
    of_team = f"Team {ada.user} · "
    assert f"Now <1>{of_team}open until 2997-01-01 · 1 of 2 solved" in page.text
    assert f"Always{of_team}0 of 1 solved" in page.text
    # The set that ends first is listed first.
    assert page.text.index("Now <1>") < page.text.index(f"Always{of_team}")
    assert (f"Over{of_team}" in page.text, f"To come{of_team}" in page.text) == (False, False)
    assert f'href="{there}?{now}"' in page.html
    assert of_team not in eve.open("/problems").text
    # A withdrawn problem counts for nobody.
    withdraw_problem(service.db, "lorainit", by=service.account("admin").id, withdrawn=True)
    try:
        assert f"{of_team}open until 2997-01-01 · 1 of 1 solved" in ada.open("/problems").text
    finally:
        withdraw_problem(service.db, "lorainit", by=service.account("admin").id, withdrawn=False)


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


def acts_of(page: Page) -> str:
    """Return the lines under "Just now"."""
    return page.html.partition('id="acts"')[2].partition("</section>")[0]


def test_what_members_did_last_is_told(service: Service, ada: Browser, eve: Browser) -> None:
    team = new_team(ada)
    there = path_of(team)
    assert "Nothing sent yet" in acts_of(team)
    invited = ada.send(team, f"{there}/invitations")
    eve.send(eve.open(link_of(invited)), f"{there}/join")

    def sent(browser: Browser, verdict: Verdict, slug: str = "maxsubarray") -> str:
        action = f"/problems/{slug}/submissions"
        form = browser.open(f"/problems/{slug}")
        id = path_of(browser.send(form, action, source="pass  # SECRET")).rpartition("/")[2]
        service.judge(id, verdict)
        return f'<a href="/submissions/{id}">'

    tried, solved = sent(ada, Verdict.WA), sent(ada, Verdict.AC)
    own = acts_of(ada.open(there))
    assert own.index(solved) < own.index(tried)
    seen = acts_of(eve.open(there))
    assert seen.count(f"{ada.user} · Maxsubarray") == 2
    assert ("Wrong answer" in seen, "Accepted" in seen) == (True, True)
    assert "/submissions/" not in seen + acts_of(eve.open("/teams"))
    assert "SECRET" not in eve.open(there).html
    hers = sent(eve, Verdict.AC)
    # Both have solved it now: each may open what the other sent.
    assert all(link in acts_of(eve.open(there)) for link in (tried, solved, hers))
    assert hers in acts_of(ada.open(there))
    for _ in range(9):
        sent(eve, Verdict.RTE)
    page = ada.open(there)
    assert acts_of(page).count("<li") == 10
    assert (solved in acts_of(page), hers in acts_of(page)) == (False, True)
    with Browser(service.url, "zh") as admin:
        admin.sign_in_as(service, service.account("admin"))
        page = admin.open(there)
    assert "刚刚" in page.text
    assert acts_of(page).count('<a href="/submissions/') == 10


def test_a_refused_form_of_a_team_keeps_what_was_typed_and_says_so_in_its_place(
    ada: Browser,
) -> None:
    team = new_team(ada)
    there = path_of(team)
    typed = {"name": "Week 9", "first_day": "2026-03-09", "last_day": "2026-03-02"}
    refused = ada.send(team, f"{there}/sets", problems=["lorainit", "maxsubarray"], **typed)
    assert refused.status == 422

    def part(page: Page, action: str) -> str:
        return page.html.partition(f'action="{action}"')[2].partition("</form>")[0]

    form = part(refused, f"{there}/sets")
    assert "The end must come after the start" in form
    assert re.search(r'name="last_day" value="2026-03-02" aria-invalid="true"', form)
    assert len(re.findall("aria-invalid", refused.html)) == 1
    kept = refused.form(f"{there}/sets").fields
    assert {name: kept[name] for name in typed} == typed
    assert sorted(re.findall(r'value="(\w+)" checked', form)) == ["lorainit", "maxsubarray"]
    # The same holds for the form of an existing set.
    made = ada.send(refused, f"{there}/sets", problems=["lorainit"], **{**typed, "last_day": ""})
    change = next(form.action for form in made.forms if "/sets/" in form.action)
    nothing = ada.send(made, change, problems=["nothing"], name="Another name")
    assert (nothing.status, nothing.form(change).fields["name"]) == (422, "Another name")
    # The errors of other forms are shown in those forms.
    name = ada.send(team, f"{there}/delete", name="Another")
    assert name.status == 422
    assert "not the team's name" not in part(name, f"{there}/sets")
    opened = r'<details class="pad" open><summary>Delete the team</summary><div[^>]* role="alert">'
    assert re.search(opened, name.html)
    given = ada.send(team, f"{there}/delete", f"{there}/interviews", interview="nothing")
    assert (given.status, 'role="alert"' in part(given, f"{there}/sets")) == (404, False)
    assert 'role="alert"' in given.html.partition('id="interviews"')[2]


def test_of_two_tabs_the_older_changes_no_practice_set_unseen(ada: Browser) -> None:
    team = new_team(ada)
    there = path_of(team)
    made = ada.send(team, f"{there}/sets", name="Week", problems=["lorainit"])
    change = next(form.action for form in made.forms if "/sets/" in form.action)
    other = ada.open(str(made.answer.url))
    assert ada.send(made, change, name="Week 2", problems=["lorainit"]).status == 200
    # Sent twice is done once.
    assert ada.send(made, change, name="Week 2", problems=["lorainit"]).status == 200
    late = ada.send(other, change, name="Week", problems=["maxsubarray"])
    assert (late.status, "has changed since you read it" in late.text) == (409, True)
    assert "Week 2" in late.text
    assert late.form(change).fields["name"] == "Week"
    # A user who has read the current version may change it.
    assert ada.send(late, change, name="Week 3", problems=["maxsubarray"]).status == 200
    assert "Week 3" in ada.open(there).text
