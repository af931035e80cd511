"""Sessions, sign-up by invitation, limits, bans, withdrawn problems, profiles."""

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import httpx
import pytest

from cli.launcher.broker import EmbeddedValkey
from judge.accounts import management as accounts
from judge.accounts.users import Scope
from judge.settings import Settings
from judge.verdict import Verdict
from tests.integration.api.service import Account, Service, http_client, prepared, running
from tests.integration.api.test_api_boards import team_of
from tests.support.databases import settings_of

PASSWORD = "correct horse"


def sign_up(service: Service, name: str) -> None:
    answer = service.http.post("/users", json={"name": name, "password": PASSWORD})
    assert answer.status_code == 201, answer.text


def test_a_browsers_session_lasts_until_signing_out(service: Service) -> None:
    sign_up(service, "Linus")
    with http_client(service.url, {"Origin": service.url}) as browser:
        who = {"name": "linus", "password": PASSWORD}
        answer = browser.post("/api/v1/session", json=who)
        assert answer.status_code == 201
        cookie = answer.headers["Set-Cookie"]
        assert "HttpOnly" in cookie
        assert "SameSite=lax" in cookie
        assert browser.get("/api/v1/users/me").json()["name"] == "Linus"
        assert browser.post("/api/v1/teams", json={"name": "Lins"}).status_code == 201
        for origin in ("https://evil.example", "null", ""):
            foreign = browser.post(
                "/api/v1/teams", json={"name": "evil"}, headers={"Origin": origin}
            )
            assert foreign.status_code == 403
        secret = browser.cookies["shousi_session"]
        assert service.client(secret).get("/users/me").status_code == 401
        assert browser.delete("/api/v1/session").status_code == 204
        assert "shousi_session" not in browser.cookies
        browser.cookies.set("shousi_session", secret)
        assert browser.get("/api/v1/users/me").status_code == 401


def test_a_sign_in_link_works_once(service: Service, boss: Account) -> None:
    link = accounts.issue_link(service.db, boss.id)
    assert service.client(link).get("/users/me").status_code == 401
    assert service.http.post("/session", json={"link": link}).status_code == 201
    assert service.http.post("/session", json={"link": link}).status_code == 410
    service.http.cookies.clear()


def test_a_new_password_ends_every_other_token(service: Service) -> None:
    sign_up(service, "Mei")
    who = {"name": "Mei", "password": PASSWORD}
    first, second = (
        service.client(service.http.post("/tokens", json=who).json()["token"]) for _ in range(2)
    )
    change = {"old_password": PASSWORD, "new_password": "battery staple"}
    for wrong, field in (
        ({**change, "old_password": "wrong"}, "old_password"),
        ({**change, "new_password": "short"}, "new_password"),
    ):
        answer = first.put("/users/me/password", json=wrong)
        assert (answer.status_code, answer.json()["errors"][0]["field"]) == (422, field)
    assert second.get("/users/me").status_code == 200
    assert first.put("/users/me/password", json=change).status_code == 204
    assert first.get("/users/me").status_code == 200
    assert second.get("/users/me").status_code == 401
    assert service.http.post("/tokens", json=who).status_code == 401


def test_an_invitation_opens_a_closed_sign_up(
    service: Service, settings: Settings, boss: Account, ada: Account
) -> None:
    closed = settings.model_copy(update={"signup_open": False})
    made = boss.http.post("/admin/invitations", json={}).json()
    word = made["invite"]
    new = {"name": "Invited", "password": PASSWORD}
    slug = ada.http.post("/teams", json={"name": "Doors"}).json()["slug"]
    into_team = ada.http.post(f"/teams/{slug}/invitations", json={}).json()["invite"]
    with running(closed) as (_, url), http_client(url + "/api/v1", {}) as http:
        page = httpx.get(url + made["link"], timeout=60)
        assert (page.status_code, word in page.text) == (200, True)
        assert http.post("/users", json=new).status_code == 403
        for wrong in ("invite_nothing", into_team):
            assert http.post("/users", json={**new, "invite": wrong}).status_code == 404
        taken = {"name": ada.name, "password": PASSWORD, "invite": word}
        assert http.post("/users", json=taken).status_code == 409
        assert http.post("/users", json={**new, "invite": word}).status_code == 201
        again = {"name": "Another", "password": PASSWORD, "invite": word}
        assert http.post("/users", json=again).status_code == 410


def test_a_former_owner_invites_nobody(service: Service, ada: Account, eve: Account) -> None:
    slug = team_of(ada, eve)
    word = ada.http.post(f"/teams/{slug}/invitations", json={"max_uses": 9}).json()["invite"]
    assert ada.http.put(f"/teams/{slug}/owner", json={"user": eve.name}).status_code == 200
    assert eve.http.delete(f"/teams/{slug}/members/{ada.name}").status_code == 204
    assert eve.http.get(f"/teams/{slug}/invitations").json()["items"] == []
    for outside in (ada, service.account()):
        preview = f"/teams/{slug}/invitations/preview"
        assert outside.http.get(preview, params={"invite": word}).status_code == 410
        join = outside.http.post(f"/teams/{slug}/members", json={"invite": word})
        assert join.status_code == 410


@pytest.mark.parametrize("change", [{"banned": True}, {"role": "user"}])
def test_a_former_admin_invites_nobody(
    service: Service, boss: Account, change: dict[str, object]
) -> None:
    former = service.account("admin")
    word = former.http.post("/admin/invitations", json={"max_uses": 9}).json()["invite"]
    assert boss.http.patch(f"/admin/users/{former.name}", json=change).status_code == 200
    body = {"name": f"after-{former.name}", "password": "a long password", "invite": word}
    assert service.http.post("/users", json=body).status_code == 410


@pytest.mark.parametrize("length", [65, 300])
def test_a_teams_name_that_is_too_long(ada: Account, length: int) -> None:
    answer = ada.http.post("/teams", json={"name": "x" * length})
    (error,) = answer.json()["errors"]
    assert (answer.status_code, error["message"]) == (422, "A name has at most 64 characters.")


def test_a_token_may_be_given_every_scope_by_name(service: Service, boss: Account) -> None:
    sign_up(service, "Wirth")
    boss.http.patch("/admin/users/Wirth", json={"role": "admin"}).raise_for_status()
    who = {"name": "Wirth", "password": PASSWORD, "scopes": [scope.value for scope in Scope]}
    answer = service.http.post("/tokens", json=who)
    assert answer.status_code == 201
    assert set(answer.json()["scopes"]) == set(Scope)


def test_a_banned_user_is_on_no_board(service: Service, boss: Account, ada: Account) -> None:
    service.judge(ada.submitted())

    def listed() -> bool:
        rows = service.http.get("/leaderboard", params={"limit": 100}).json()["rows"]
        return ada.name in {row["user"] for row in rows}

    assert listed()
    account = boss.http.get(f"/admin/users/{ada.name}")
    change, fresh = f"/admin/users/{ada.name}", {"If-Match": account.headers["ETag"]}
    assert boss.http.patch(change, json={"banned": True}, headers=fresh).status_code == 200
    assert not listed()
    assert service.http.get(f"/users/{ada.name}").status_code == 404
    assert boss.http.patch(change, json={"banned": False}, headers=fresh).status_code == 412
    assert boss.http.patch(change, json={"banned": False}).status_code == 200
    assert listed()
    assert boss.http.patch(f"/admin/users/{boss.name}", json={"role": "user"}).status_code == 409


def test_a_withdrawn_problem_counts_no_more(service: Service, boss: Account, ada: Account) -> None:
    service.judge(ada.submitted("longestsubarray"))
    door = "/admin/problems/longestsubarray/withdrawn"

    def profile() -> tuple[int, int]:
        found = service.http.get(f"/users/{ada.name}").json()
        return found["score"], len(found["solved"])

    assert profile() == (1, 1)
    assert boss.http.put(door).status_code == 204
    try:
        assert profile() == (0, 0)
        assert ada.submit("longestsubarray").status_code == 404
        assert service.http.get("/problems/longestsubarray").status_code == 404
        assert service.http.get("/problems/longestsubarray/leaderboard").status_code == 404
    finally:
        assert boss.http.delete(door).status_code == 204
    assert profile() == (1, 1)


def test_a_profile_shows_what_was_done(service: Service, ada: Account, eve: Account) -> None:
    service.judge(ada.submitted(), Verdict.WA)
    service.judge(ada.submitted())
    found = service.http.get(f"/users/{ada.name}").json()
    assert (found["score"], found["num_solved"]) == (1, 1)
    (solved,) = found["solved"]
    assert (solved["slug"], solved["num_judged"], solved["best_s"]) == ("maxsubarray", 2, 0.25)
    tags = [one["tags"] for one in service.http.get("/problems").json()["items"]]
    for topic in found["topics"]:
        assert topic["num_problems"] == sum(topic["tag"] in one for one in tags)
    solved_tags = {one["tag"] for one in found["topics"] if one["num_solved"]}
    assert solved_tags == set(service.http.get("/problems/maxsubarray").json()["tags"])
    board = service.http.get("/leaderboard", params={"limit": 100}).json()["rows"]
    assert found["rank"] == next(row["rank"] for row in board if row["user"] == ada.name)
    assert (found["current_streak"], found["longest_streak"]) == (1, 1)
    assert [(day["num_judged"], day["num_accepted"]) for day in found["days"]] == [(2, 1)]
    assert service.http.get("/users/nobody1").status_code == 404
    service.judge(eve.submitted(), Verdict.WA)
    assert service.http.get(f"/users/{eve.name}").json()["rank"] is None


def test_preferences_are_kept_member_by_member(ada: Account) -> None:
    path = "/users/me/preferences"
    assert ada.http.get(path).json() == {"theme": None, "language": None}
    assert ada.http.put(path, json={"theme": "dark", "language": "zh"}).status_code == 200
    assert ada.http.put(path, json={"theme": "auto"}).json() == {"theme": "auto", "language": "zh"}
    assert ada.http.put(path, json={}).json() == {"theme": "auto", "language": "zh"}
    for wrong in ({"theme": "pink"}, {"language": "tlh"}, {"colour": "dark"}):
        refused = ada.http.put(path, json=wrong)
        assert (refused.status_code, refused.json()["status"]) == (422, 422)
    assert ada.http.put(path, json={"theme": None}).json() == {"theme": None, "language": "zh"}
    assert ada.http.get(path).json() == {"theme": None, "language": "zh"}


def test_admins_see_queues_and_what_runs(service: Service, boss: Account, ada: Account) -> None:
    sent = ada.submitted()
    service.claim(sent)
    queues = {one["queue"]: one for one in boss.http.get("/admin/queues").json()}
    assert queues["interactive"]["running"] >= 1
    found = boss.http.get("/admin/workers").json()
    assert [one["id"] for one in found] == ["w"]
    assert "python3" in found[0]["languages"]


@pytest.mark.parametrize("shared", [False, True], ids=["in memory", "on Valkey"])
def test_limits_say_when_to_come_back(tmp_path: Path, shared: bool) -> None:
    limits = {
        # A limit per day: a window of a minute would often end in the middle of the test.
        "limit_sign_in": "3/day",
        "limit_sign_up": "2/day",
        "limit_submit": "4/day",
        "max_pending": 2,
    }
    with EmbeddedValkey(tmp_path):
        settings = settings_of(tmp_path, log_level="warning")
        if shared:
            settings = settings_of(tmp_path, broker_url=settings.broker_url, log_level="warning")
        settings = settings.model_copy(update=limits)
        prepared(settings)
        with running(settings) as (_, url):
            service = Service(settings, url)
            check_limits(service)
            service.close()


def check_limits(service: Service) -> None:
    def too_many(answer_status: int, retry_after: str | None) -> bool:
        return answer_status == 429 and 1 <= int(retry_after or 0) <= 86400

    for name in ("One", "Two"):
        sign_up(service, name)
    refused = service.http.post("/users", json={"name": "Three", "password": PASSWORD})
    assert too_many(refused.status_code, refused.headers.get("Retry-After"))
    assert refused.headers["Content-Type"] == "application/problem+json"
    wrong = {"name": "One", "password": "wrong horse"}
    statuses = [service.http.post("/tokens", json=wrong).status_code for _ in range(4)]
    assert statuses == [401, 401, 401, 429]
    right = {"name": "One", "password": PASSWORD}
    assert service.http.post("/tokens", json=right).status_code == 429
    right["name"] = "Two"
    http = service.client(service.http.post("/tokens", json=right).json()["token"])
    code = {"language": "python3", "source": "pass"}
    sent = [http.post("/problems/maxsubarray/submissions", json=code) for _ in range(5)]
    assert [one.status_code for one in sent] == [202, 202, 429, 429, 429]
    assert "wait for their verdicts" in sent[2].json()["detail"]
    assert too_many(sent[4].status_code, sent[4].headers.get("Retry-After"))
    boss = service.account("admin")
    assert {boss.submit().status_code for _ in range(6)} == {202}


def test_a_repeated_request_does_nothing_twice(ada: Account, eve: Account) -> None:
    key = {"Idempotency-Key": "once"}
    first = ada.http.post("/teams", json={"name": f"Once {ada.name}"}, headers=key)
    again = ada.http.post("/teams", json={"name": f"Once {ada.name}"}, headers=key)
    assert (first.status_code, again.status_code) == (201, 201)
    assert (again.json(), again.headers["Location"]) == (first.json(), first.headers["Location"])
    other = ada.http.post("/teams", json={"name": "Other"}, headers=key)
    assert (other.status_code, other.json()["type"]) == (
        422,
        "/api/v1/errors/idempotency-key-reused",
    )
    hers = eve.http.post("/teams", json={"name": f"Hers {eve.name}"}, headers=key)
    assert hers.status_code == 201
    invitations = f"/teams/{first.json()['slug']}/invitations"
    assert ada.http.post(invitations, json={}, headers=key).status_code == 201
    assert ada.http.post(invitations, json={}, headers=key).status_code == 409
    assert len(ada.http.get(invitations).json()["items"]) == 1
    refused = {"Idempotency-Key": "refused"}
    for _ in range(2):
        assert ada.http.post("/teams", json={"name": ""}, headers=refused).status_code == 422
    long = {"Idempotency-Key": "x" * 256}
    assert ada.http.post("/teams", json={"name": "Long"}, headers=long).status_code == 422


def test_of_two_who_come_at_once_one_gets_it(service: Service, ada: Account) -> None:
    slug = ada.http.post("/teams", json={"name": f"Race {ada.name}"}).json()["slug"]
    word = ada.http.post(f"/teams/{slug}/invitations", json={}).json()["invite"]
    racers = [service.account() for _ in range(4)]

    def join(racer: Account) -> int:
        return racer.http.post(f"/teams/{slug}/members", json={"invite": word}).status_code

    def make_team(racer: Account) -> int:
        body = {"name": f"Race 2 {ada.name}"}
        return racer.http.post("/teams", json=body).status_code

    with ThreadPoolExecutor(len(racers)) as pool:
        assert sorted(pool.map(join, racers)) == [201, 410, 410, 410]
        assert sorted(pool.map(make_team, racers)) == [201, 409, 409, 409]


def test_the_last_hour_is_summed_up(service: Service, boss: Account, ada: Account) -> None:
    before = boss.http.get("/admin/queues/history").json()
    service.judge(ada.submitted())
    service.judge(ada.submitted(), Verdict.JE)
    ada.submitted()
    after = boss.http.get("/admin/queues/history").json()
    assert after["num_judged"] == before["num_judged"] + 2
    assert after["judge_errors_today"] >= 1
    assert 0 <= after["wait_p50_s"] <= after["wait_p95_s"]
    assert sum(one["started"] for one in after["items"]) >= 2
