"""Refused forms, and forms that are sent twice: a page says what happened, and nothing is lost."""

from pathlib import Path

import httpx
import pytest

from judge.accounts import users
from judge.accounts.management import change_account, find_account
from judge.settings import Settings
from judge.teams import invitations, membership
from tests.integration.api.service import Service, prepared, running
from tests.integration.pages.browser import Browser, Page

PROBLEM = "/problems/maxsubarray"
SUBMIT = f"{PROBLEM}/submissions"
AGAIN = f"{PROBLEM}?language=python3"
PASSWORD = "correct horse battery"


def by_script(browser: Browser, page: Page, **filled: str) -> httpx.Response:
    """Send the form as htmx does, without asking for HTML."""
    form = {**page.form(SUBMIT).fields, **filled}
    headers = {"Origin": browser.url, "HX-Request": "true", "Accept": "*/*"}
    return browser.http.post(SUBMIT, data=form, headers=headers)


def end_sessions(service: Service, browser: Browser) -> None:
    user = users.find_user(service.db, browser.user)
    assert user is not None
    for token in users.list_tokens(service.db, user.id):
        users.revoke_token(service.db, user.id, token.id)


def test_a_script_gets_a_part_of_the_page_whatever_is_wrong(service: Service, ada: Browser) -> None:
    page = ada.open(PROBLEM)
    outdated = by_script(ada, page, form_token="x", source="my work")
    assert outdated.status_code == 403
    too_large = by_script(ada, page, source="x" * (1 << 20))
    assert too_large.status_code == 413
    assert "at most 784 KiB" in too_large.text
    end_sessions(service, ada)
    ended = by_script(ada, page, source="my work")
    assert ended.status_code == 401
    for answer in (outdated, too_large, ended):
        assert answer.text.startswith('<div class="note wa" role="alert"><b>Not sent</b>')
        assert "Your code is still in the editor" in answer.text
    assert f'href="{AGAIN}"' in outdated.text
    assert f'href="/sign-in?next={AGAIN.replace("?", "%3F").replace("=", "%3D")}"' in ended.text


def test_a_panel_that_is_asked_for_after_the_session_s_end_leads_to_signing_in(
    service: Service, ada: Browser
) -> None:
    sent = ada.send(ada.open(PROBLEM), SUBMIT, source="pass")
    end_sessions(service, ada)
    here = {"HX-Request": "true", "HX-Current-URL": f"{ada.url}{PROBLEM}?submission=1"}
    answer = ada.http.get(f"{sent.answer.url.path}/panel", headers=here)
    assert answer.status_code == 401
    assert "Not shown" in answer.text
    assert f'href="/sign-in?next={PROBLEM}%3Fsubmission%3D1"' in answer.text


def test_an_outdated_form_comes_back_with_what_it_held(ada: Browser, eve: Browser) -> None:
    page = ada.open(PROBLEM)
    eves = eve.open(PROBLEM).form(SUBMIT).fields["form_token"]
    refused = ada.send(page, SUBMIT, source="my work", form_token=eves)
    assert (refused.status, "out of date" in refused.text) == (403, True)
    assert refused.form(SUBMIT).fields["source"] == "my work"
    sent = ada.send(refused, SUBMIT)
    assert (sent.status, "my work" in sent.text) == (200, True)
    # The content of another site's form is not even shown.
    form = {**page.form(SUBMIT).fields, "source": "theirs"}
    foreign = ada.http.post(SUBMIT, data=form, headers={"Origin": "https://evil.example"})
    assert (foreign.status_code, "theirs" in foreign.text) == (403, False)


def test_without_cookies_a_visitor_s_code_comes_back(visitor: Browser) -> None:
    page = visitor.open(PROBLEM)
    visitor.http.cookies.clear()
    refused = visitor.send(page, SUBMIT, source="my work")
    assert (refused.status, "Allow cookies" in refused.text) == (403, True)
    assert refused.form(SUBMIT).fields["source"] == "my work"


def test_a_form_that_is_sent_twice_is_one_submission(service: Service, ada: Browser) -> None:
    page = ada.open(PROBLEM)
    first = ada.send(page, SUBMIT, source="pass")
    assert ada.send(page, SUBMIT, source="pass").answer.url == first.answer.url
    # Back, another text, and again; and the same text from a page that was opened anew.
    assert ada.send(page, SUBMIT, source="pass  # now").answer.url != first.answer.url
    assert ada.send(ada.open(PROBLEM), SUBMIT, source="pass").answer.url != first.answer.url
    ids = [by_script(ada, page, source="pass").headers["HX-Replace-Url"] for _ in range(2)]
    assert ids[0] != ids[1]


def test_a_sign_up_that_is_sent_twice_is_signed_in(visitor: Browser, service: Service) -> None:
    page = visitor.open("/sign-in")
    visitor.send(page, "/sign-up", name="Twice", password=PASSWORD)
    with Browser(service.url) as other:
        page = other.open("/sign-in")
        again = other.send(page, "/sign-up", name="Twice", password=PASSWORD)
        assert (again.answer.url.path, "Twice" in again.text) == ("/problems", True)
    with Browser(service.url) as other:
        taken = other.send(other.open("/sign-in"), "/sign-up", name="Twice", password="x" * 12)
        assert (taken.status, "is taken" in taken.text) == (409, True)


def test_a_team_that_is_made_twice_is_one(ada: Browser, eve: Browser) -> None:
    page = ada.open("/teams")
    for _ in range(2):
        assert ada.send(page, "/teams", name="Twice").answer.url.path == "/teams/twice"
    taken = eve.send(eve.open("/teams"), "/teams", name="Twice")
    assert (taken.status, taken.form("/teams").fields["name"]) == (409, "Twice")


def test_after_a_refusal_the_language_is_chosen_on_the_same_page(
    ada: Browser, visitor: Browser
) -> None:
    refused = visitor.send(
        visitor.open("/sign-in", next="/teams"), "/sign-up", name="a b", password=PASSWORD
    )
    chosen = visitor.send(refused, "/preferences", language="zh")
    assert (chosen.status, chosen.answer.url.path) == (200, "/sign-in")
    assert chosen.form("/sign-up").fields["next"] == "/teams"
    refused = ada.send(ada.open(PROBLEM), SUBMIT, source=" ", language="cpp")
    chosen = ada.send(refused, "/preferences", theme="dark")
    assert (chosen.status, chosen.answer.url.path) == (200, PROBLEM)
    assert chosen.form(SUBMIT).fields["language"] == "cpp"
    team = ada.send(ada.open("/teams"), "/teams", name=f"Of {ada.user}")
    invited = ada.send(team, f"{team.answer.url.path}/invitations")
    chosen = ada.send(invited, "/preferences", language="zh")
    assert (chosen.status, chosen.answer.url.path) == (200, team.answer.url.path)
    # An error that has no page of its own leads to the one before.
    with_referer = {"Origin": ada.url, "Referer": f"{ada.url}/teams?x=1"}
    error = ada.http.post("/teams", headers=with_referer)
    assert 'name="next" value="/teams?x=1"' in error.text
    assert '<a class="btn go" href="/teams?x=1">' in error.text


def test_whoever_signs_in_after_a_form_that_came_too_late_is_back_at_its_page(
    service: Service, ada: Browser
) -> None:
    page = ada.open("/teams")
    end_sessions(service, ada)
    with_referer = {"Origin": ada.url, "Referer": f"{ada.url}/teams?x=1"}
    late = ada.http.post("/teams", data=page.form("/teams").fields, headers=with_referer)
    assert late.status_code == 401
    assert 'href="/sign-in?next=/teams%3Fx%3D1"' in late.text


def test_what_an_address_can_t_mean_is_told_in_words(service: Service, ada: Browser) -> None:
    only_a_form = ada.open("/sign-up")
    assert (only_a_form.status, "no page at this address" in only_a_form.text) == (405, True)
    assert ada.open("/problems/maxsubary").form("/problems").fields["q"] == "maxsubary"
    nothing = ada.open("/submissions/01a22b80-b822")
    assert nothing.form("/problems").fields["q"] == ""
    with Browser(service.url, "zh") as chinese:
        unread = chinese.open("/problems", page="x")
        assert (unread.status, "请检查网址中的这一项" in unread.text) == (422, True)
        assert "page：请填整数。" in unread.text


def test_invitations_that_let_nobody_in_any_more(service: Service, ada: Browser) -> None:
    owner = service.account()
    team = membership.create_team(service.db, owner.id, f"team-{owner.name}")
    word, made = invitations.invite_to_team(service.db, team, by=owner.id, ttl_s=60, max_uses=1)
    join = f"/teams/{team.slug}/join"
    page = ada.open(join, invite=word)
    invitations.revoke_invitation(service.db, team, made.id, by=owner.id)
    for gone in (ada.send(page, join), ada.open(join, invite=word)):
        assert gone.status == 410
        assert "Ask whoever gave it to you" in gone.text
    never = ada.open(join, invite="invite_x")
    assert (never.status, "There is no such invitation" in never.text) == (404, True)
    membership.delete_team(service.db, team, by=owner.id)
    gone = ada.open(f"/teams/{team.slug}")
    assert (gone.status, "may have been deleted" in gone.text) == (404, True)
    assert 'href="/teams">Your teams</a>' in gone.html


def test_who_is_banned_keeps_the_code_that_stood_there(service: Service, ada: Browser) -> None:
    page = ada.open(PROBLEM)
    seen = find_account(service.db, ada.user)
    change_account(service.db, seen, by=service.account("admin").id, banned=True)
    refused = ada.send(page, SUBMIT, source="my work")
    assert refused.status == 401
    assert refused.form(SUBMIT).fields["source"] == "my work"


@pytest.mark.parametrize(("language", "said"), [("en", "Not available"), ("zh", "暂时不可用")])
def test_while_the_database_is_away_pages_say_so(
    settings: Settings, tmp_path: Path, language: str, said: str
) -> None:
    own = Settings(home=tmp_path, broker_url=settings.broker_url, log_level="warning")
    prepared(own)
    with running(own) as (server, url), Browser(url, language) as browser:
        page = browser.open(PROBLEM)
        database = Path(server.services.db.url.database or "")
        server.services.db.engine.dispose()
        database.rename(tmp_path / "aside")
        database.mkdir()
        away = browser.send(page, SUBMIT, source="pass")
        assert (away.status, said in away.text) == (503, True)
        assert "data-wait" in away.html
        part = by_script(browser, page, source="my work")
        assert (part.status_code, 'role="alert"' in part.text) == (503, True)
        database.rmdir()
        (tmp_path / "aside").rename(database)
        assert browser.send(page, SUBMIT, source="pass").status == 200
