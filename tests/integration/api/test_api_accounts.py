"""Signing up, signing in, tokens."""

import httpx
import pytest
from sqlalchemy import update

from judge.db import models
from judge.settings import Settings
from tests.integration.api.service import ROOT, SOURCE, Account, Service, http_client, running

PASSWORD = "correct horse"


def test_from_sign_up_to_a_token_that_works(service: Service) -> None:
    who = {"name": "Grace", "password": PASSWORD}
    made = service.http.post("/users", json=who)
    assert made.status_code == 201
    assert (made.json()["name"], made.json()["role"]) == ("Grace", "user")
    assert "password" not in made.text
    signed_in = service.http.post("/tokens", json={**who, "label": "laptop", "ttl_s": 60})
    assert signed_in.status_code == 201
    token = signed_in.json()
    assert token["token"].startswith("shousi_")
    assert token["expires_at"] == token["created_at"] + 60
    assert token["last_used_at"] is None
    assert signed_in.headers["Cache-Control"] == "no-store"
    with service.client(token["token"]) as http:
        me = http.get("/users/me").json()
        assert (me["name"], me["scopes"]) == ("Grace", ["account", "read", "submit", "teams"])
        listed = http.get("/tokens").json()["items"]
        assert [(one["id"], one["label"]) for one in listed] == [(token["id"], "laptop")]
        assert token["created_at"] <= listed[0]["last_used_at"] < token["expires_at"]
        assert http.delete(f"/tokens/{token['id']}").status_code == 204
        assert http.get("/users/me").status_code == 401


def test_the_admin_of_the_settings_can_sign_in(service: Service) -> None:
    answer = service.http.post("/tokens", json={"name": "admin", "password": PASSWORD})
    assert answer.status_code == 201
    assert answer.json()["scopes"] == ["read", "submit", "teams", "account", "admin"]


def test_a_name_is_taken_once(service: Service) -> None:
    assert service.http.post("/users", json={"name": "Lin", "password": PASSWORD}).is_success
    again = service.http.post("/users", json={"name": "lIN", "password": PASSWORD})
    assert (again.status_code, again.json()["type"]) == (409, "/api/v1/errors/conflict")


@pytest.mark.parametrize(
    ("name", "password", "field"),
    [
        ("", PASSWORD, "name"),
        ("x" * 65, PASSWORD, "name"),
        ("a b", PASSWORD, "name"),
        ("\u0430da", PASSWORD, "name"),
        ("a\u202eb", PASSWORD, "name"),
        ("a\0b", PASSWORD, "name"),
        ("root", PASSWORD, "name"),
        ("ok-name", "short", "password"),
        ("ok-name", "x" * 1025, "password"),
        (5, PASSWORD, "name"),
        ("ok-name", None, "password"),
    ],
)
def test_bad_names_and_passwords_are_named(
    service: Service, name: object, password: object, field: str
) -> None:
    answer = service.http.post("/users", json={"name": name, "password": password})
    assert answer.status_code == 422
    assert [error["field"] for error in answer.json()["errors"]] == [field]
    assert str(password) not in answer.text or password is None


def test_an_unknown_user_and_a_wrong_password_look_alike(service: Service) -> None:
    service.http.post("/users", json={"name": "hopper", "password": PASSWORD})
    answers = [
        service.http.post("/tokens", json={"name": name, "password": "wrong word"})
        for name in ("hopper", "nobody-such", "a\0b", "x" * 10_000)
    ]
    assert {answer.status_code for answer in answers} == {401}
    assert len({answer.text for answer in answers}) == 1
    assert all("WWW-Authenticate" in answer.headers for answer in answers)


@pytest.mark.parametrize(
    ("more", "field"),
    [
        ({"ttl_s": 0}, "ttl_s"),
        ({"ttl_s": 1e12}, "ttl_s"),
        ({"scopes": []}, "scopes"),
        ({"scopes": ["all"]}, "scopes.0"),
        ({"scopes": ["admin"]}, "scopes"),
        ({"label": "x" * 101}, "label"),
        ({"label": "a\0b"}, "label"),
        ({"lable": "x"}, "lable"),
    ],
)
def test_wishes_for_a_token_have_bounds(
    service: Service, more: dict[str, object], field: str
) -> None:
    service.http.post("/users", json={"name": "bounded", "password": PASSWORD})
    body = {"name": "bounded", "password": PASSWORD, **more}
    answer = service.http.post("/tokens", json=body)
    assert answer.status_code == 422
    assert [error["field"] for error in answer.json()["errors"]] == [field]


def _unauthorised(service: Service, *sent: str) -> httpx.Response:
    headers = [(b"Authorization", value.encode("latin-1")) for value in sent]
    answer = service.http.get("/users/me", headers=headers)
    assert answer.status_code == 401
    assert answer.headers["WWW-Authenticate"].startswith("Bearer")
    assert answer.json()["type"] == "/api/v1/errors/not-signed-in"
    return answer


def test_every_token_that_does_not_work_is_a_401(service: Service, ada: Account) -> None:
    real = ada.http.headers["Authorization"]
    for value in ("", "Bearer", "Bearer x", real[:-1], real + "x", "Basic YTpi", "bearer \u00ff"):
        _unauthorised(service, value)
    _unauthorised(service)
    with service.db.write() as session:
        session.execute(
            update(models.Token).where(models.Token.user_id == ada.id).values(expires_at=1.0)
        )
    answer = _unauthorised(service, real)
    assert 'error="invalid_token"' in answer.headers["WWW-Authenticate"]


def test_a_token_does_no_more_than_its_scopes(service: Service) -> None:
    reader = service.account(scopes=["read"])
    refused = reader.submit()
    assert refused.status_code == 403
    assert 'scope="submit"' in refused.headers["WWW-Authenticate"]
    assert reader.http.get("/submissions").status_code == 200
    modest = service.account("admin", scopes=["read"])
    assert modest.http.post("/problems/maxsubarray/rejudge").status_code == 403


def test_nobody_revokes_someone_elses_token(ada: Account, eve: Account) -> None:
    id_ = ada.http.get("/tokens").json()["items"][0]["id"]
    assert eve.http.delete(f"/tokens/{id_}").status_code == 404
    assert ada.http.get("/users/me").status_code == 200


def test_sign_up_can_be_closed(settings: Settings, service: Service) -> None:
    closed = settings.model_copy(update={"signup_open": False})
    with running(closed) as (_, url), http_client(url + ROOT, {}) as http:
        answer = http.post("/users", json={"name": "late", "password": PASSWORD})
    assert (answer.status_code, answer.json()["type"]) == (403, "/api/v1/errors/sign-up-closed")


def test_what_is_for_users_needs_a_token(service: Service) -> None:
    body = {"language": "python3", "source": SOURCE}
    for method, path in [
        ("POST", "/problems/maxsubarray/submissions"),
        ("POST", "/problems/maxsubarray/runs"),
        ("POST", "/problems/maxsubarray/rejudge"),
        ("POST", "/submissions/x/rejudge"),
        ("GET", "/submissions"),
        ("GET", "/submissions/x"),
        ("GET", "/submissions/x/events"),
        ("GET", "/users/me"),
        ("GET", "/tokens"),
        ("DELETE", "/tokens/x"),
    ]:
        sent = body if method == "POST" else None
        assert service.http.request(method, path, json=sent).status_code == 401
