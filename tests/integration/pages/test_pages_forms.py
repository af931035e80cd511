"""Forms: signing in, up and out; forms from other sites; where the browser goes afterwards."""

import re

import pytest

from api.auth import COOKIE
from judge.accounts import management as accounts
from judge.accounts.management import sign_in_link
from judge.settings import Settings
from tests.integration.api.service import Service, running
from tests.integration.pages.browser import Browser

PASSWORD = "correct horse battery"


def test_sign_up_sign_out_sign_in(visitor: Browser) -> None:
    page = visitor.open("/sign-in", next="/submissions")
    there = visitor.send(page, "/sign-up", name="Grace", password=PASSWORD)
    assert (there.status, there.answer.url.path) == (200, "/submissions")
    assert "Nothing sent yet" in there.text
    (cookie,) = [one for one in visitor.http.cookies.jar if one.name == COOKIE]
    assert cookie.has_nonstandard_attr("HttpOnly")
    assert cookie.get_nonstandard_attr("SameSite") == "lax"
    out = visitor.send(there, "/sign-out")
    assert out.answer.url.path == "/"
    assert visitor.open("/submissions").answer.url.path == "/sign-in"
    again = visitor.open("/sign-in")
    wrong = visitor.send(again, "/sign-in", name="Grace", password="not it")
    assert wrong.status == 401
    assert "No user has that name and password" in wrong.text
    assert wrong.form("/sign-in").fields["name"] == "Grace"  # what was typed is kept
    right = visitor.send(wrong, "/sign-in", name="Grace", password=PASSWORD)
    assert right.answer.url.path == "/problems"
    assert "Grace" in right.text


def test_a_token_is_made_with_the_password_shown_once_and_revoked(
    service: Service, visitor: Browser
) -> None:
    who = {"name": "Tokens", "password": PASSWORD}
    visitor.send(visitor.open("/sign-in"), "/sign-up", **who)
    page = visitor.open("/tokens")
    wrong = visitor.send(page, "/tokens", label="laptop", password="not it")
    assert wrong.status == 401
    made = visitor.send(wrong, "/tokens", password=PASSWORD)
    assert made.answer.headers["Cache-Control"] == "no-store"
    found = re.search(r"shousi_[\w-]{40,}", made.text)
    assert found is not None
    program = service.client(found[0])
    assert program.get("/users/me").json()["name"] == "Tokens"
    listed = visitor.open("/tokens")
    assert "laptop" in listed.text
    assert found[0] not in listed.html
    revoke = next(form.action for form in listed.forms if form.action.endswith("/revoke"))
    assert visitor.send(listed, revoke).status == 200
    assert program.get("/users/me").status_code == 401


@pytest.mark.parametrize(
    ("name", "password", "status"), [("Mei", "short", 422), ("a b c", PASSWORD, 422)]
)
def test_a_sign_up_that_is_refused_says_why_and_keeps_the_name(
    visitor: Browser, name: str, password: str, status: int
) -> None:
    page = visitor.open("/sign-in")
    refused = visitor.send(page, "/sign-up", name=name, password=password)
    assert refused.status == status
    assert 'role="alert"' in refused.html
    assert refused.form("/sign-up").fields["name"] == name
    assert password not in refused.html


def test_a_closed_sign_up_asks_for_an_invitation(settings: Settings) -> None:
    closed = settings.model_copy(update={"signup_open": False})
    with running(closed) as (_, url), Browser(url) as browser:
        page = browser.open("/sign-in")
        assert "invite" in page.form("/sign-up").fields
        refused = browser.send(page, "/sign-up", name="Noor", password=PASSWORD, invite="invite_x")
        assert refused.status == 404


def test_a_sign_in_link_works_once_and_only_by_its_button(
    service: Service, visitor: Browser
) -> None:
    account = service.account()
    link = accounts.issue_link(service.db, account.id)
    for _ in range(2):  # to look at it does not use it up
        page = visitor.open(sign_in_link("", link))
        assert (page.status, link in page.html) == (200, True)
        assert page.answer.headers["Cache-Control"] == "no-store"
    assert visitor.http.post("/sign-in", data={"link": link}).status_code == 403
    assert account.name in visitor.send(page, "/sign-in").text
    with Browser(service.url) as another:
        used = another.send(another.open(sign_in_link("", link)), "/sign-in")
        assert (used.status, "Expired or already used" in used.text) == (410, True)
        assert "<script>" not in another.open("/sign-in", link='"><script>').html


def test_a_form_of_another_site_is_refused(ada: Browser, eve: Browser) -> None:
    page = ada.open("/teams")
    word = page.form("/teams").fields["form_token"]
    theirs = eve.open("/teams").form("/teams").fields["form_token"]
    assert word != theirs
    for data, headers in (
        ({"name": "Doors"}, {}),
        ({"name": "Doors", "form_token": theirs}, {}),
        ({"name": "Doors", "form_token": word}, {"Origin": "https://evil.example"}),
        ({"name": "Doors", "form_token": word}, {"Origin": "null"}),
    ):
        answer = ada.http.post("/teams", data=data, headers=headers)
        assert answer.status_code == 403
        assert "You may not do that" in answer.text
    assert "Doors" not in ada.open("/teams").text


def test_a_form_without_cookies_says_so(service: Service, visitor: Browser) -> None:
    page = visitor.open("/sign-in")
    visitor.http.cookies.clear()
    refused = visitor.send(page, "/sign-up", name="Wei", password=PASSWORD)
    assert refused.status == 403
    assert "Allow cookies" in refused.text


@pytest.mark.parametrize(
    "away",
    [
        "https://evil.example/",
        "//evil.example/",
        "/\\evil.example",
        "/\t/evil.example",
        "javascript:alert(1)",
        "\\\\evil.example",
    ],
)
def test_no_form_leads_to_another_site(ada: Browser, away: str) -> None:
    page = ada.open("/problems")
    form = {**page.form("/preferences").fields, "next": away, "theme": "dark"}
    answer = ada.http.post(
        "/preferences", data=form, headers={"Origin": ada.url}, follow_redirects=False
    )
    assert (answer.status_code, answer.headers["Location"]) == (303, "/")


def test_the_language_is_the_browsers_until_one_is_chosen(service: Service) -> None:
    with Browser(service.url, "de, zh-CN;q=0.9, en;q=0.8") as browser:
        page = browser.open("/problems")
        assert 'lang="zh-CN"' in page.html
        assert "题目" in page.text
        chosen = browser.send(page, "/preferences", language="en", next="/problems?q=sub")
        assert chosen.answer.url.query == b"q=sub"
        assert '<html lang="en">' in chosen.html
        dark = browser.send(chosen, "/preferences", theme="dark")
        assert '<html lang="en" data-theme="dark">' in dark.html
        system = browser.send(dark, "/preferences", theme="auto")
        assert '<html lang="en">' in system.html
        nonsense = browser.send(system, "/preferences", theme="pink", language="tlh")
        assert '<html lang="en">' in nonsense.html


def test_a_refusal_is_in_the_readers_language(service: Service) -> None:
    with Browser(service.url, "zh") as browser:
        page = browser.open("/sign-in")
        refused = browser.send(page, "/sign-in", name="nobody", password="wrong horse battery")
        assert "用户名或密码不对。" in refused.text


def test_what_is_chosen_follows_the_account_to_another_browser(service: Service) -> None:
    account = service.account()
    with Browser(service.url, "en") as first, Browser(service.url, "en") as second:
        first.sign_in_as(service, account)
        first.send(first.open("/problems"), "/preferences", language="zh")
        first.send(first.open("/problems"), "/preferences", theme="dark")
        assert '<html lang="en">' in second.open("/problems").html
        second.sign_in_as(service, account)
        assert '<html lang="zh-CN" data-theme="dark">' in second.open("/problems").html
    assert account.http.get("/users/me/preferences").json() == {"theme": "dark", "language": "zh"}
    # The account's choice has precedence over this browser's cookie.
    account.http.put("/users/me/preferences", json={"language": "en"})
    with Browser(service.url, "zh") as third:
        third.send(third.open("/problems"), "/preferences", language="zh", theme="light")
        third.sign_in_as(service, account)
        assert '<html lang="en" data-theme="dark">' in third.open("/problems").html


def test_a_password_is_changed_and_everything_else_ends(service: Service, visitor: Browser) -> None:
    visitor.send(visitor.open("/sign-in"), "/sign-up", name="Changer", password=PASSWORD)
    change = "/account/password"
    with Browser(service.url) as elsewhere:
        elsewhere.send(elsewhere.open("/sign-in"), "/sign-in", name="Changer", password=PASSWORD)
        page = visitor.open("/users/Changer")
        wrong = visitor.send(page, change, old_password="not it", new_password="another horse")
        assert (wrong.status, "That is not your password" in wrong.text) == (422, True)
        short = visitor.send(wrong, change, old_password=PASSWORD, new_password="short")
        assert (short.status, "at least 8 characters" in short.text) == (422, True)
        assert elsewhere.open("/submissions").answer.url.path == "/submissions"
        new = "another horse battery"
        changed = visitor.send(short, change, old_password=PASSWORD, new_password=new)
        assert "Your password is changed" in changed.text
        # This session goes on, the other one has ended, and the new password is the one that works.
        assert visitor.open("/submissions").answer.url.path == "/submissions"
        assert elsewhere.open("/submissions").answer.url.path == "/sign-in"
        page = elsewhere.open("/sign-in")
        assert elsewhere.send(page, "/sign-in", name="Changer", password=PASSWORD).status == 401
        again = elsewhere.send(page, "/sign-in", name="Changer", password=new)
        assert again.answer.url.path == "/problems"


def test_a_password_is_changed_where_there_is_one(ada: Browser) -> None:
    # Made without a password, as accounts of a provider are.
    page = ada.open(f"/users/{ada.user}")
    assert "/account/delete" in page.html
    assert "/account/password" not in page.html


def test_an_account_is_deleted_by_whoever_writes_its_name(
    service: Service, visitor: Browser
) -> None:
    visitor.send(visitor.open("/sign-in"), "/sign-up", name="Leaver", password=PASSWORD)
    page = visitor.open("/users/Leaver")
    assert "/api/v1/users/me/export" in page.html
    wrong = visitor.send(page, "/account/delete", code="delete", confirm="leaver")
    assert wrong.status == 422
    assert "Write your name exactly" in wrong.text
    # The choice is kept: else the next try would keep submissions that the user wants to delete.
    form = wrong.html.partition('action="/account/delete"')[2].partition("</form>")[0]
    assert re.findall(r'value="(\w+)" checked', form) == ["delete"]
    assert re.search(r'id="confirm"[^>]* aria-invalid="true"', form)
    gone = visitor.send(wrong, "/account/delete", code="delete", confirm="Leaver")
    assert gone.answer.url.path == "/"
    assert visitor.open("/users/Leaver").status == 404
    assert COOKIE not in {one.name for one in visitor.http.cookies.jar}


def test_only_the_form_that_was_refused_is_marked(visitor: Browser) -> None:
    page = visitor.open("/sign-in")
    refused = visitor.send(page, "/sign-in", name="nobody", password="x" * 9)
    into, up = refused.html.partition('action="/sign-up"')[::2]
    assert (into.count("aria-invalid"), up.count("aria-invalid")) == (2, 0)
    refused = visitor.send(page, "/sign-up", name="a b", password="x" * 9)
    into, up = refused.html.partition('action="/sign-up"')[::2]
    assert (into.count("aria-invalid"), up.count("aria-invalid")) == (0, 1)


def test_from_a_long_address_one_comes_back_to_it(visitor: Browser, service: Service) -> None:
    wanted = {"q": "注意力" * 60, "tag": "数组" * 90}
    chosen = visitor.send(visitor.open("/problems", **wanted), "/preferences", language="zh")
    assert chosen.status == 200
    assert dict(chosen.answer.url.params) == wanted
    # The same holds for a reader who has to sign in first.
    asked = {"problem": "注意力" * 60, "user": "数组" * 90}
    page = visitor.open("/submissions", **asked)
    assert (page.status, page.answer.url.path) == (200, "/sign-in")
    assert len(page.form("/sign-in").fields["next"]) > 2000
