"""Guests: a verdict before there is an account, and all of it kept when one is made."""

import re

import pytest

from judge.settings import Settings
from judge.verdict import Verdict
from tests.integration.api.service import Service, running
from tests.integration.pages.browser import Browser
from tests.integration.pages.test_pages_submitting import PROBLEM, SUBMIT, id_of

PASSWORD = "correct horse battery"


def test_one_click_from_the_first_page_to_a_verdict_and_into_an_account(
    service: Service, visitor: Browser
) -> None:
    home = visitor.open("/")
    assert "best = 0" in home.form(SUBMIT).fields["source"]
    sent = visitor.send(home, SUBMIT)
    id = id_of(sent)
    service.judge(id, Verdict.AC)
    done = visitor.open(f"/submissions/{id}")
    assert "Keep it: make an account" in done.text
    found = re.search(r"guest-[0-9a-f]{16}", done.text)
    assert found is not None
    guest = found[0]
    assert guest not in visitor.open("/leaderboard").text
    assert guest not in visitor.open("/problems/maxsubarray/solvers").text
    assert visitor.open(f"/users/{guest}").status == 404
    assert visitor.open("/teams").status == 403
    assert guest in visitor.open("/submissions").text
    page = visitor.open("/sign-in", next=f"/submissions/{id}")
    assert visitor.send(page, "/sign-up", name="x y", password=PASSWORD).status == 422
    kept = visitor.send(page, "/sign-up", name="Claimer", password=PASSWORD)
    assert (kept.status, kept.answer.url.path) == (200, f"/submissions/{id}")
    assert "Claimer" in kept.text
    assert guest not in visitor.open("/submissions").text
    assert "Claimer" in visitor.open("/leaderboard").text
    assert "Claimer" in visitor.open("/problems/maxsubarray/solvers").text
    assert visitor.open("/teams").status == 200


def test_with_scripts_the_first_verdict_stands_on_the_first_page(
    service: Service, visitor: Browser
) -> None:
    form = visitor.open("/").form(SUBMIT)
    as_script = {"HX-Request": "true", "Origin": visitor.url}
    sent = visitor.http.post(SUBMIT, data=form.fields, headers=as_script)
    address = sent.headers["HX-Redirect"]
    assert address.startswith("/?submission=")
    service.judge(address.rpartition("=")[2], Verdict.WA)
    home = visitor.open(address)
    assert "Wrong answer" in home.text
    assert "Change line 2" in home.text
    # Now there is a session: the panel comes alone, and the page's address is the newest one's.
    mended = {**home.form(SUBMIT).fields, "source": "pass"}
    again = visitor.http.post(SUBMIT, data=mended, headers=as_script)
    assert "<html" not in again.text
    assert again.headers["HX-Replace-Url"] != address
    shown = visitor.open(again.headers["HX-Replace-Url"])
    assert shown.form(SUBMIT).fields["source"] == "pass"
    assert "Change line 2" not in shown.text
    # To whom it is not, it is not shown.
    with Browser(service.url) as other:
        assert "Submit again" not in other.open(address).text


def test_a_guest_s_second_submission_is_the_same_guest_s(visitor: Browser) -> None:
    first = visitor.send(visitor.open(PROBLEM), SUBMIT, source="pass")
    assert first.status == 200
    visitor.send(visitor.open(PROBLEM), SUBMIT, source="pass # 2")
    assert visitor.open("/submissions").text.count("guest-") == 2


@pytest.mark.usefixtures("service")  # it publishes the problem
def test_guests_are_limited_by_address(settings: Settings) -> None:
    strict = settings.model_copy(update={"limit_guests": "1/hour", "limit_submit_guests": "2/hour"})
    with running(strict) as (_, url), Browser(url) as one, Browser(url) as other:
        for source in ("pass", "pass # 2"):
            assert one.send(one.open(PROBLEM), SUBMIT, source=source).status == 200
        assert one.send(one.open(PROBLEM), SUBMIT, source="pass # 3").status == 429
        refused = other.send(other.open(PROBLEM), SUBMIT, source="my work")
        assert refused.status == 429
        assert refused.form(SUBMIT).fields["source"] == "my work"


def test_guests_of_before_send_no_more_where_none_are_allowed(
    settings: Settings, service: Service, visitor: Browser
) -> None:
    assert visitor.send(visitor.open(PROBLEM), SUBMIT, source="pass").status == 200
    without = settings.model_copy(update={"guests": False})
    with running(without) as (_, url), Browser(url) as same:
        same.http.cookies.update(visitor.http.cookies)
        refused = same.send(same.open(PROBLEM), SUBMIT, source="my work")
        assert (refused.status, "takes no guests" in refused.text) == (403, True)
        assert refused.form(SUBMIT).fields["source"] == "my work"
        # What they sent before is still theirs to read.
        assert same.open("/submissions").text.count("guest-") == 1


def test_an_admin_sees_guests_among_the_users(service: Service, visitor: Browser) -> None:
    visitor.send(visitor.open(PROBLEM), SUBMIT, source="pass")
    listed = service.account("admin").http.get("/admin/users").json()["items"]
    assert "guest" in {user["role"] for user in listed}


def test_a_program_can_be_a_guest_too(service: Service) -> None:
    with Browser(service.url) as browser:
        http = browser.http
        api = f"{service.url}/api/v1"
        origin = {"Origin": service.url}
        made = http.post(f"{api}/session", json={"guest": True}, headers=origin)
        assert (made.status_code, made.json()["role"]) == (201, "guest")
        code = {"language": "python3", "source": "pass"}
        sent = http.post(f"{api}{PROBLEM}/submissions", json=code, headers=origin)
        assert sent.status_code == 202
        assert http.post(f"{api}/teams", json={"name": "x"}, headers=origin).status_code == 403
        who = {"name": "Programmer", "password": PASSWORD}
        claimed = http.post(f"{api}/users/me/claim", json=who, headers=origin)
        assert (claimed.status_code, claimed.json()["role"]) == (200, "user")
        assert http.get(f"{api}/users/me").json()["name"] == "Programmer"
        assert http.get(sent.headers["Location"]).json()["user"] == "Programmer"
        again = http.post(f"{api}/users/me/claim", json=who, headers=origin)
        assert again.status_code == 409


def test_a_closed_sign_up_is_closed_to_guests_of_before(
    service: Service, settings: Settings
) -> None:
    closed = settings.model_copy(update={"signup_open": False})
    word = service.account("admin").http.post("/admin/invitations", json={}).json()["invite"]
    with running(closed) as (_, url), Browser(service.url) as browser:
        here, there = ({"Origin": one} for one in (service.url, url))
        api = "/api/v1"
        made = browser.http.post(f"{service.url}{api}/session", json={"guest": True}, headers=here)
        assert made.status_code == 201
        who = {"name": "Latecomer", "password": PASSWORD}
        claim = f"{url}{api}/users/me/claim"
        assert browser.http.post(claim, json=who, headers=there).status_code == 403
        wrong = {**who, "invite": "invite_nothing"}
        assert browser.http.post(claim, json=wrong, headers=there).status_code == 404
        invited = browser.http.post(claim, json={**who, "invite": word}, headers=there)
        assert (invited.status_code, invited.json()["name"]) == (200, "Latecomer")
        # The invitation is used up.
        new = {"name": "Another", "password": PASSWORD, "invite": word}
        assert browser.http.post(f"{url}{api}/users", json=new, headers=there).status_code == 410
