"""Signing in by a provider: right answers are accepted, and each false one is refused."""

import base64
import hmac
import json
import os
import re
import subprocess
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from joserfc import jwt
from sqlalchemy import func, select, update

from judge.accounts import management
from judge.db import models
from judge.sso import documents, reading
from tests.integration.api.service import Service, serving
from tests.integration.pages.browser import Browser, Page
from tests.support.databases import settings_of
from tests.support.launched import SHOUSI
from tests.support.oidc_provider import CLIENT, Provider, new_key, person, providing

BEGIN = "/sign-in/by/work"


@pytest.fixture(scope="module")
def started() -> Iterator[Provider]:
    with providing() as provider:
        yield provider


@pytest.fixture(scope="module")
def open_house(started: Provider, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Service]:
    """A service with two names for the same provider: `guild` speaks for one domain only."""
    home: Path = tmp_path_factory.mktemp("sso")
    oidc = {
        "work": started.settings(label="Our Company"),
        "guild": started.settings(domains="guild.example"),
    }
    with serving(settings_of(home, log_level="error", oidc=oidc)) as service:
        yield service


@pytest.fixture
def provider(started: Provider) -> Iterator[Provider]:
    """The provider, honest again after the test."""
    honest = Provider(url=started.url, ending=started.ending, key=started.key)
    yield started
    for name, value in vars(honest).items():
        setattr(started, name, value)


@pytest.fixture
def someone(open_house: Service) -> Iterator[Browser]:
    with Browser(open_house.url) as browser:
        yield browser


_count = iter(range(1, 1000))


def new_person(provider: Provider, **claims: Any) -> str:
    """Sign a new person in at the provider; return the name."""
    name = f"person{next(_count)}"
    provider.who = person(name, **claims)
    return name


def signed_in_as(browser: Browser) -> str:
    """The name in the bar at the top, empty for nobody."""
    bar = browser.open("/problems").html
    (said,) = re.findall('<summary>(?:<span class="name">)?([^<]*)(?:</span>)? <span aria', bar)
    return "" if said == "Menu" else str(said)


def num_accounts(service: Service) -> tuple[int, int]:
    with service.db.read() as session:
        count = select(func.count())
        return (
            session.scalar(count.select_from(models.User)) or 0,
            session.scalar(count.select_from(models.LinkedIdentity)) or 0,
        )


def refused(service: Service, browser: Browser, path: str = BEGIN) -> Page:
    """Try to sign in, and check that it is refused and changes nothing."""
    before = num_accounts(service)
    page = browser.open(path)
    assert page.status in (403, 409, 503), page.text
    assert page.html.count('role="alert"') == 1
    assert "shousi_session" not in browser.http.cookies
    assert "shousi_sso" not in browser.http.cookies
    assert num_accounts(service) == before
    return page


def test_the_button_makes_an_account_and_finds_it_again(
    open_house: Service, provider: Provider, someone: Browser
) -> None:
    name = new_person(provider)
    page = someone.open("/sign-in", next="/submissions?page=2")
    assert "Sign in with Our Company" in page.text
    assert f'href="{BEGIN}?next=/submissions%3Fpage%3D2"' in page.html
    landed = someone.open(BEGIN, next="/submissions")
    assert (landed.status, landed.answer.url.path) == (200, "/submissions")
    assert signed_in_as(someone) == name
    assert "shousi_sso" not in someone.http.cookies
    cookies = landed.answer.history[-1].headers.get_list("set-cookie")
    (session,) = [one for one in cookies if one.startswith("shousi_session=")]
    assert "HttpOnly" in session
    assert "SameSite=lax" in session
    accounts = num_accounts(open_house)
    with Browser(open_house.url) as other:
        other.open(BEGIN)
        assert signed_in_as(other) == name
    assert num_accounts(open_house) == accounts
    page = someone.open("/problems")
    someone.send(page, "/sign-out")
    assert signed_in_as(someone) == ""


def test_what_is_sent_to_the_provider_is_of_this_sign_in_alone(
    open_house: Service, provider: Provider
) -> None:
    words = []
    for _ in range(2):
        with Browser(open_house.url) as browser:
            sent = browser.http.get(BEGIN, follow_redirects=False)
            query = parse_qs(urlsplit(sent.headers["location"]).query)
            words.append((query["state"], query["nonce"], query["code_challenge"]))
            assert query["redirect_uri"] == [f"{open_house.url}{BEGIN}/back"]
            assert sent.headers["cache-control"] == "no-store"
    assert len({str(word) for pair in words for word in pair}) == 6


@pytest.mark.parametrize("next_page", ["//evil.example", "https://evil.example", "/\\evil.example"])
def test_nobody_is_led_elsewhere(provider: Provider, someone: Browser, next_page: str) -> None:
    new_person(provider)
    landed = someone.open(BEGIN, next=next_page)
    assert (str(landed.answer.url), landed.status) == (f"{someone.url}/problems", 200)


def test_a_thin_token_is_filled_from_the_users_information(
    provider: Provider, someone: Browser
) -> None:
    provider.thin = True
    name = new_person(provider)
    someone.open(BEGIN)
    assert signed_in_as(someone) == name


def test_information_about_somebody_else_is_not_taken(
    open_house: Service, provider: Provider, someone: Browser
) -> None:
    provider.thin = True
    new_person(provider)
    provider.user_info = {"sub": "ada"}
    assert "sub of the user" in refused(open_house, someone).text


@pytest.mark.parametrize(
    ("change", "named"),
    [
        ({"iss": "https://evil.example"}, "iss"),
        ({"iss": None}, "iss"),
        ({"aud": "another-client"}, "aud"),
        ({"aud": [CLIENT, "another-client"]}, "azp"),
        ({"azp": "another-client"}, "azp"),
        ({"exp": int(time.time()) - 300}, "exp"),
        ({"exp": "tomorrow"}, "exp"),
        ({"exp": None}, "exp"),
        ({"iat": int(time.time()) + 3600}, "iat"),
        ({"iat": None}, "iat"),
        ({"nonce": "of another sign-in"}, "nonce"),
        ({"nonce": None}, "nonce"),
        ({"sub": None}, "sub"),
        ({"sub": ""}, "sub"),
        ({"sub": 7}, "sub"),
        ({"sub": "x" * 300}, "sub"),
        ({"at_hash": "b2YgYW5vdGhlciB0b2tlbg"}, "at_hash"),
    ],
)
def test_a_token_with_a_wrong_claim_is_refused_by_its_name(
    open_house: Service,
    provider: Provider,
    someone: Browser,
    change: dict[str, Any],
    named: str,
) -> None:
    new_person(provider)
    provider.claims = change
    page = refused(open_house, someone)
    assert f"Our Company sent a token that can't be accepted ({named})." in page.text


def unsigned(claims: dict[str, Any], algorithm: str) -> str:
    parts = ({"alg": algorithm, "kid": "first"}, claims)
    coded = [base64.urlsafe_b64encode(json.dumps(one).encode()).rstrip(b"=") for one in parts]
    return b".".join([*coded, b""]).decode()


def shared(claims: dict[str, Any], secret: bytes) -> str:
    """Signed with a shared secret, by hand: the library refuses to do it with a public key."""
    begun = unsigned(claims, "HS256").removesuffix(".")
    signature = hmac.digest(secret, begun.encode(), "sha256")
    return f"{begun}.{base64.urlsafe_b64encode(signature).decode().rstrip('=')}"


def test_a_token_that_the_provider_did_not_sign_is_refused(
    open_house: Service, provider: Provider, someone: Browser
) -> None:
    stranger = new_key("first")
    pem = provider.key.as_pem(private=False)
    forgeries: list[tuple[str, Callable[[dict[str, Any]], str]]] = [
        (
            "signature",
            lambda claims: jwt.encode({"alg": "ES256", "kid": "first"}, claims, stranger),
        ),
        ("UnsupportedAlgorithmError", lambda claims: unsigned(claims, "none")),
        # The key that everybody can read, taken for a shared secret.
        ("UnsupportedAlgorithmError", lambda claims: shared(claims, pem)),
        ("unknown key", lambda claims: jwt.encode({"alg": "ES256", "kid": "x"}, claims, stranger)),
        ("no signed token", lambda _: "tomato"),
    ]
    for named, sign in forgeries:
        new_person(provider)
        provider.sign = sign
        assert f"({named})" in refused(open_house, someone).text


def test_a_new_key_of_the_provider_is_read(
    open_house: Service, provider: Provider, someone: Browser, monkeypatch: pytest.MonkeyPatch
) -> None:
    name = new_person(provider)
    someone.open(BEGIN)
    monkeypatch.setattr("judge.sso.relying_party.UNKNOWN_KEY_S", 0.0)
    old, provider.key = provider.key, new_key("second")
    with Browser(open_house.url) as other:
        other.open(BEGIN)
        assert signed_in_as(other) == name
    provider.key = old
    with Browser(open_house.url) as other:
        other.open(BEGIN)
        assert signed_in_as(other) == name


@pytest.mark.parametrize(
    ("claims", "said"),
    [
        ({"email_verified": False}, "has not verified your email address"),
        ({"email_verified": None}, "has not verified your email address"),
        ({"email": None}, "has not verified your email address"),
        ({"email": "no address"}, "can't be used here"),
        # A letter that becomes a plain one in small letters.
        ({"email": "ad\u0130n@example.org"}, "can't be used here"),
    ],
)
def test_who_has_no_verified_address_gets_no_account(
    open_house: Service,
    provider: Provider,
    someone: Browser,
    claims: dict[str, Any],
    said: str,
) -> None:
    new_person(provider, **claims)
    assert said in refused(open_house, someone).text


def test_only_the_domains_of_a_setting_are_let_in(
    open_house: Service, provider: Provider, someone: Browser
) -> None:
    new_person(provider)
    assert "addresses of this domain" in refused(open_house, someone, "/sign-in/by/guild").text
    new_person(provider, email="x@sub.guild.example")
    assert "addresses of this domain" in refused(open_house, someone, "/sign-in/by/guild").text
    name = new_person(provider, email="x@Guild.Example")
    someone.open("/sign-in/by/guild")
    assert signed_in_as(someone) == name


def test_an_account_is_linked_by_the_address_that_an_admin_gave_it(
    open_house: Service, provider: Provider, someone: Browser
) -> None:
    account, boss = open_house.account(), open_house.account("admin")
    name = new_person(provider, preferred_username="another-name")
    path = f"/admin/users/{account.name}"
    changed = boss.http.patch(path, json={"address": f"{name}@Example.org"})
    assert changed.json()["address"] == f"{name}@example.org"
    someone.open(BEGIN)
    assert signed_in_as(someone) == account.name
    # Somebody else who got the address later is not let into the account of the first.
    provider.who = person("successor", email=f"{name}@example.org")
    with Browser(open_house.url) as other:
        assert "another person at" in refused(open_house, other).text
    assert boss.http.patch(path, json={"address": f"{name}@example.org"}).status_code == 200
    with Browser(open_house.url) as other:
        other.open(BEGIN)
        assert signed_in_as(other) == account.name


def test_a_token_is_made_soon_after_the_sign_in_and_kept_by_the_cli(
    open_house: Service, provider: Provider, someone: Browser, tmp_path: Path
) -> None:
    name = new_person(provider)
    someone.open(BEGIN)
    made = someone.send(someone.open("/tokens"), "/tokens", label="laptop")
    (secret,) = re.findall("<code>(shousi_[^<]+)</code>", made.html)
    env = {**os.environ, "HOME": str(tmp_path), "SHOUSI_URL": open_house.url}
    done = subprocess.run(
        [*SHOUSI, "login", "--token"], env=env, input=f"{secret}\n", capture_output=True, text=True
    )
    assert f"signed in to {open_house.url}" in done.stdout, done.stderr
    kept = json.loads((tmp_path / ".config/shousi/credentials.json").read_text())
    assert kept == {open_house.url: secret}
    # An hour later, nobody can make a token in a browser that was left open.
    with open_house.db.write() as session:
        user = session.scalar(select(models.User.id).where(models.User.name == name))
        made_then = update(models.Token).where(models.Token.user_id == user)
        session.execute(made_then.values(created_at=models.Token.created_at - 3600))
    late = someone.send(someone.open("/tokens"), "/tokens", label="phone")
    assert (late.status, "Sign in again first" in late.text) == (403, True)
    someone.open(BEGIN)
    assert someone.send(someone.open("/tokens"), "/tokens", label="phone").status == 200


def test_a_closed_account_stays_closed(
    open_house: Service, provider: Provider, someone: Browser
) -> None:
    name = new_person(provider)
    someone.open(BEGIN)
    boss = open_house.account("admin")
    taken = boss.http.patch(
        f"/admin/users/{open_house.account().name}", json={"address": f"{name}@example.org"}
    )
    assert (taken.status_code, taken.json()["detail"]) == (
        409,
        "Another account has this address.",
    )
    assert boss.http.patch(f"/admin/users/{name}", json={"banned": True}).status_code == 200
    with Browser(open_house.url) as other:
        assert "Your account is closed." in refused(open_house, other).text


def test_a_guest_keeps_what_was_sent(
    open_house: Service, provider: Provider, someone: Browser
) -> None:
    page = someone.open("/problems/maxsubarray")
    action = next(form.action for form in page.forms if form.action.endswith("/submissions"))
    sent = someone.send(page, action, source="pass", language="python3")
    assert (sent.status, sent.answer.url.path[:13]) == (200, "/submissions/")
    id = sent.answer.url.path.rpartition("/")[2]
    name = new_person(provider)
    someone.open(BEGIN)
    assert signed_in_as(someone) == name
    assert name in someone.open(f"/submissions/{id}").text


def test_the_way_back_belongs_to_the_browser_that_left(
    open_house: Service, provider: Provider, someone: Browser
) -> None:
    new_person(provider)
    sent = someone.http.get(BEGIN, follow_redirects=False)
    back = someone.http.get(sent.headers["location"], follow_redirects=False).headers["location"]
    with Browser(open_house.url) as other:
        assert "not begun in this browser" in refused(open_house, other, back).text
        # Nor with another browser's own cookie.
        other.http.get(BEGIN, follow_redirects=False)
        assert "not begun in this browser" in refused(open_house, other, back).text
    assert "not begun in this browser" in refused(open_house, someone, f"{BEGIN}/back?code=1").text
    for forged in ("x", "W10", base64.urlsafe_b64encode(b'["a","work","",Infinity]').decode()):
        someone.http.cookies.set("shousi_sso", forged, domain="127.0.0.1", path="/sign-in/by")
        assert "not begun" in refused(open_house, someone, f"{BEGIN}/back?code=1&state=x").text


def test_an_answer_works_once_and_for_one_provider(
    open_house: Service, provider: Provider, someone: Browser
) -> None:
    new_person(provider)
    sent = someone.http.get(BEGIN, follow_redirects=False)
    cookie = someone.http.cookies["shousi_sso"]
    back = someone.http.get(sent.headers["location"], follow_redirects=False).headers["location"]
    elsewhere = back.replace("/by/work/", "/by/guild/")
    assert "not begun" in refused(open_house, someone, elsewhere).text
    someone.http.cookies.set("shousi_sso", cookie, domain="127.0.0.1", path="/sign-in/by")
    someone.open(back)
    assert signed_in_as(someone)
    with Browser(open_house.url) as thief:
        thief.http.cookies.set("shousi_sso", cookie, domain="127.0.0.1", path="/sign-in/by")
        assert "(invalid_grant)" in refused(open_house, thief, back).text


def test_a_refusal_of_the_provider_is_told_and_nothing_that_it_could_write(
    open_house: Service, provider: Provider, someone: Browser
) -> None:
    provider.refuse = "access_denied"
    assert "did not sign you in (access_denied)" in refused(open_house, someone).text
    provider.refuse = "Call 555-1234 for your <b>prize</b>"
    assert "did not sign you in (unknown error)" in refused(open_house, someone).text


def test_an_unknown_provider_is_not_found(someone: Browser) -> None:
    page = someone.open("/sign-in/by/nobody")
    assert (page.status, "There is no such provider here" in page.text) == (404, True)


@pytest.mark.parametrize(
    ("path", "answer"),
    [
        ("/token", b"{" + b" " * (1 << 20)),
        ("/token", b"no json"),
        ("/token", b"[]"),
        ("/token", b"[" * 100_000),
        ("/token", None),
        ("/token", b'{"id_token": 5, "access_token": []}'),
    ],
)
def test_a_provider_that_answers_nothing_usable_is_named(
    open_house: Service,
    provider: Provider,
    someone: Browser,
    monkeypatch: pytest.MonkeyPatch,
    path: str,
    answer: bytes | None,
) -> None:
    new_person(provider)
    if answer is None:
        monkeypatch.setattr(reading, "WAIT_S", 0.3)
        provider.hang = {path}
    else:
        provider.answer = {path: answer}
    page = refused(open_house, someone)
    assert "Our Company " in page.text
    # And everybody else is served as before.
    assert someone.open("/problems").status == 200


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"issuer": "https://evil.example"}, "calls itself another issuer"),
        ({"token_endpoint": "http://evil.example/token"}, "without a usable token_endpoint"),
        ({"jwks_uri": None}, "without a usable jwks_uri"),
    ],
)
def test_documents_that_lie_are_refused_and_read_anew(
    tmp_path: Path,
    provider: Provider,
    monkeypatch: pytest.MonkeyPatch,
    change: dict[str, Any],
    said: str,
) -> None:
    settings = settings_of(tmp_path, log_level="error", oidc={"work": provider.settings()})
    provider.configuration = change
    name = new_person(provider)
    with serving(settings) as service, Browser(service.url) as browser:
        assert said in refused(service, browser).text
        # Further sign-ins get the same error, and the provider is not asked again.
        provider.asked.clear()
        assert said in refused(service, browser).text
        assert provider.asked == []
        monkeypatch.setattr(documents, "ASKED_AGAIN_S", 0.0)
        provider.configuration = {}
        browser.open(BEGIN)
        assert signed_in_as(browser) == name
        # What was read is kept.
        provider.asked.clear()
        browser.open(BEGIN)
        assert provider.asked == ["/authorize", "/token"]


def test_where_sign_up_is_closed_those_of_a_domain_are_let_in(
    tmp_path: Path, provider: Provider
) -> None:
    oidc = {"work": provider.settings(), "guild": provider.settings(domains="guild.example")}
    settings = settings_of(tmp_path, log_level="error", signup_open=False, oidc=oidc)
    with serving(settings) as service, Browser(service.url) as browser:
        new_person(provider)
        assert "made by an admin" in refused(service, browser).text
        name = new_person(provider, email="b@guild.example")
        browser.open("/sign-in/by/guild")
        assert signed_in_as(browser) == name
        # A person who already has an account can sign in by either name.
        browser.open(BEGIN)
        assert signed_in_as(browser) == name


def test_who_leaves_is_unlinked(open_house: Service, provider: Provider, someone: Browser) -> None:
    name = new_person(provider)
    someone.open(BEGIN)
    before = num_accounts(open_house)
    page = someone.open(f"/users/{name}")
    action = next(form.action for form in page.forms if "confirm" in form.fields)
    someone.send(page, action, confirm=name)
    assert num_accounts(open_house) == (before[0], before[1] - 1)
    with pytest.raises(Exception, match="no user"):
        management.find_account(open_house.db, name)
    with Browser(open_house.url) as other:
        other.open(BEGIN)
        assert signed_in_as(other) == name
