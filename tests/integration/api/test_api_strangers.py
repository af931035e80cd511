"""Limits on what strangers can use: connections, bodies, and work before the token is checked."""

import json
import socket
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import httpx
import pytest

from api.auth import COOKIE
from judge.accounts import users
from judge.accounts.users import TokenKind
from tests.integration.api.service import ROOT, Account, Service, http_client, prepared, running
from tests.support.databases import settings_of
from tests.support.sittings import add_interview

SUBMISSIONS = "/api/v1/problems/maxsubarray/submissions"


@contextmanager
def connected(url: str, data: bytes = b"") -> Iterator[socket.socket]:
    """A raw connection that has sent `data`."""
    address = httpx.URL(url)
    with socket.create_connection((address.host, address.port or 80), timeout=20) as raw:
        raw.sendall(data)
        yield raw


def answer_of(raw: socket.socket) -> bytes:
    """Return everything that arrives until the connection closes."""
    found = b""
    try:
        while part := raw.recv(65536):
            found += part
    except ConnectionResetError:
        pass
    return found


def request(path: str, body: bytes, *headers: str, length: int | None = None) -> bytes:
    size = len(body) if length is None else length
    lines = [f"POST {path} HTTP/1.1", "Host: here", "Content-Type: application/json", *headers]
    return "\r\n".join([*lines, f"Content-Length: {size}", "", ""]).encode() + body


@pytest.mark.parametrize("start", [b"", b"GET / HT", b"GET / HTTP/1.1\r\nHost: here\r\nX: "])
def test_a_connection_without_a_request_is_closed(
    service: Service, start: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("api.connections.HEADERS_S", 0.2)
    with connected(service.url, start) as raw:
        assert answer_of(raw) == b""


@pytest.mark.parametrize(
    "sent",
    [
        b"HELLO\r\n\r\n",
        b"GET /api/v1/problems HTTP/1.1\r\n\r\n",
        "GET /api/v1/users/\u4e2d HTTP/1.1\r\nHost: here\r\n\r\n".encode(),
        b"GET / HTTP/1.1\r\nHost: here\r\nX: " + b"x" * 300_000,
        b"POST /api/v1/tokens HTTP/1.1\r\nHost: here\r\nContent-Type: application/json\r\n"
        b"Transfer-Encoding: chunked\r\n\r\nno size\r\n",
    ],
)
def test_what_is_no_http_gets_a_problem_document_too(service: Service, sent: bytes) -> None:
    with connected(service.url, sent) as raw:
        head, _, body = answer_of(raw).partition(b"\r\n\r\n")
    assert head.startswith(b"HTTP/1.1 400 Bad Request\r\n")
    assert b"\r\nContent-Type: application/problem+json\r\n" in head
    document = json.loads(body)
    assert (document["status"], document["type"]) == (400, "/api/v1/errors/bad-request")
    # The service goes on.
    assert service.http.get("/problems").status_code == 200


def test_idle_connections_make_room(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("api.server.most_connections", lambda: 8)
    settings = settings_of(tmp_path, log_level="warning")
    prepared(settings)
    with running(settings) as (_, url):
        idle = [
            socket.create_connection(("127.0.0.1", httpx.URL(url).port or 0)) for _ in range(40)
        ]
        try:
            for one in idle:
                one.sendall(b"GET / HTTP/1.1\r\n")
            assert httpx.get(f"{url}/healthz", timeout=60).status_code == 200
            # The oldest were closed, and the newest still wait for the rest of their headers.
            idle[0].settimeout(20)
            assert answer_of(idle[0]) == b""
            idle[-1].sendall(b"Host: here\r\nConnection: close\r\n\r\n")
            idle[-1].settimeout(20)
            assert answer_of(idle[-1]).startswith(b"HTTP/1.1 200")
        finally:
            for one in idle:
                one.close()


def test_who_is_being_answered_is_never_closed_for_others(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("api.server.most_connections", lambda: 8)
    settings = settings_of(tmp_path, log_level="warning")
    prepared(settings)
    with running(settings) as (_, url), closing(Service(settings, url)) as service:
        ada = service.account()
        submission = ada.submitted()
        with ada.http.stream("GET", f"/submissions/{submission}/events") as stream:
            lines = stream.iter_lines()
            next(lines)
            for _ in range(40):
                with connected(url, b"GET / HT"):
                    pass
            service.judge(submission)
            assert any(line == "event: done" for line in lines)


def test_a_body_that_does_not_come_is_given_up(
    service: Service, ada: Account, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("api.middleware.body_limit.BODY_S", 0.2)
    token = f"Authorization: {ada.http.headers['authorization']}"
    with connected(service.url, request(SUBMISSIONS, b"{", token, length=500)) as raw:
        assert answer_of(raw).startswith(b"HTTP/1.1 408")


@pytest.mark.parametrize("token", [(), ("Authorization: Bearer shousi_of_nobody",)])
def test_the_token_is_looked_at_before_the_body(
    service: Service, token: tuple[str, ...], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("api.middleware.body_limit.DISCARD_S", 0.2)
    with connected(service.url, request(SUBMISSIONS, b"{", *token, length=500)) as raw:
        raw.settimeout(20)
        assert raw.recv(65536).startswith(b"HTTP/1.1 401")


def test_a_body_whose_end_is_stated_twice(service: Service) -> None:
    sent = request("/api/v1/users", b"0\r\n\r\n", "Transfer-Encoding: chunked")
    with connected(service.url, sent) as raw:
        assert answer_of(raw).startswith(b"HTTP/1.1 400")


def test_where_no_source_is_sent_bodies_are_short(ada: Account) -> None:
    answer = ada.http.post("/teams", json={"name": "x" * 20000})
    assert (answer.status_code, answer.json()["limit_bytes"]) == (413, 16384)


def test_bodies_in_flight_share_a_bound(
    service: Service, ada: Account, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr("api.main.in_flight_bytes", lambda _settings: 4096)
    settings = service.settings.model_copy(update={"port": 0})
    with running(settings) as (_, url):
        token = f"Authorization: {ada.http.headers['authorization']}"
        # The only body of its address may have all of the room.
        with connected(url, request(SUBMISSIONS, b" " * 4000, token, length=5000)):
            headers = {"Authorization": ada.http.headers["authorization"]}
            body = {"language": "python3", "source": "#" * 3000}
            # The first request may not have been read yet.
            statuses = (
                httpx.post(url + SUBMISSIONS, json=body, headers=headers, timeout=60).status_code
                for _ in range(200)
            )
            assert 503 in statuses
        body["source"] = "#" * 1000
        assert (
            httpx.post(url + SUBMISSIONS, json=body, headers=headers, timeout=60).status_code == 202
        )


def test_a_token_that_only_reads_changes_no_account(service: Service, ada: Account) -> None:
    made = ada.http.get("/tokens").json()["items"]
    secret, own = users.issue_token(service.db, ada.id, scopes=["read"])
    reader = service.client(secret)
    change = {"old_password": "x" * 8, "new_password": "another horse"}
    assert reader.put("/users/me/password", json=change).status_code == 403
    assert reader.delete(f"/tokens/{made[0]['id']}").status_code == 403
    assert reader.delete(f"/tokens/{own.id}").status_code == 204


def test_a_kept_answer_is_for_a_token_that_works(service: Service, ada: Account) -> None:
    headers = {"Idempotency-Key": "once"}
    first = ada.http.post("/teams", json={"name": f"Team {ada.name}"}, headers=headers)
    assert first.status_code == 201
    again = ada.http.post("/teams", json={"name": f"Team {ada.name}"}, headers=headers)
    assert (again.status_code, again.json()) == (201, first.json())
    ada.http.delete(f"/tokens/{ada.http.get('/tokens').json()['items'][0]['id']}")
    late = ada.http.post("/teams", json={"name": f"Team {ada.name}"}, headers=headers)
    assert late.status_code == 401


def test_a_kept_answer_without_a_body_needs_a_token_that_works(
    service: Service, eve: Account
) -> None:
    name = add_interview(service.db, ("maxsubarray",))
    key = {"Idempotency-Key": f"sit-{eve.name}"}
    path = f"/interviews/{name}/sittings"
    assert eve.http.post(path, headers=key).status_code == 201
    assert eve.http.post(path, headers=key).status_code == 201
    (token,) = eve.http.get("/tokens").json()["items"]
    assert eve.http.delete(f"/tokens/{token['id']}").status_code == 204
    assert eve.http.post(path, headers=key).status_code == 401


def test_who_shares_a_proxys_password_shares_no_keys(
    service: Service, ada: Account, eve: Account
) -> None:
    """A proxy in front may ask every reader for the same name and password: browsers then send it
    with each request, beside the session's cookie."""
    name = add_interview(service.db, ("maxsubarray",))
    made = []
    for account in (ada, eve):
        secret, _ = users.issue_token(service.db, account.id, kind=TokenKind.SESSION)
        headers = {
            "Authorization": "Basic c2hhcmVkOnBhc3N3b3Jk",
            "Cookie": f"{COOKIE}={secret}",
            "Origin": service.url,
            "Idempotency-Key": f"proxy-{ada.name}",
        }
        with http_client(service.url + ROOT, headers) as browser:
            made.append(browser.post(f"/interviews/{name}/sittings"))
    assert [one.status_code for one in made] == [201, 201]
    assert [one.json()["user"] for one in made] == [ada.name, eve.name]


def test_the_query_belongs_to_what_is_repeated(
    service: Service, ada: Account, boss: Account
) -> None:
    service.judge(ada.submitted())
    headers = {"Idempotency-Key": f"rejudge-{ada.name}"}
    path = "/problems/maxsubarray/rejudge"
    preview = boss.http.post(path, params={"preview": "true"}, headers=headers)
    real = boss.http.post(path, headers=headers)
    assert preview.headers["location"].startswith("/api/v1/rejudges/")
    assert real.headers["location"].startswith("/api/v1/submissions?")


def test_a_cookie_that_is_slow_to_read_is_not_read(service: Service, ada: Account) -> None:
    secret, _ = users.issue_token(service.db, ada.id, kind=TokenKind.SESSION)
    slow = "\\" * 50_000
    headers = {"Cookie": f'other="{slow}"; {COOKIE}={secret}'}
    with http_client(service.url + ROOT, headers) as browser:
        assert browser.get("/users/me").json()["name"] == ada.name


def test_unknown_methods_share_a_label(service: Service) -> None:
    for method in ("BREW", "x" * 100):
        service.root.request(method, "/api/v1/problems")
    text = service.root.get("/metrics").text
    assert "BREW" not in text
    assert "xxxx" not in text


def test_metrics_are_not_for_strangers(service: Service, ada: Account, boss: Account) -> None:
    forwarded = {"X-Forwarded-For": "192.0.2.1"}
    assert service.root.get("/metrics", headers=forwarded).status_code == 401
    assert ada.http.get("/metrics", headers=forwarded).status_code == 403
    assert boss.http.get("/metrics", headers=forwarded).status_code == 200


@pytest.mark.parametrize("scheme", ["Bearer", "bearer", "BEARER "])
def test_the_metrics_own_token_is_read_like_others(tmp_path: Path, scheme: str) -> None:
    settings = settings_of(tmp_path, log_level="warning", metrics_token="prometheus")
    prepared(settings)
    with running(settings) as (_, url):
        for token, status in (("prometheus", 200), ("prometheu", 401)):
            # Behind a proxy, so that not everybody on this machine may read them.
            headers = {"X-Forwarded-For": "192.0.2.1", "Authorization": f"{scheme} {token}"}
            with http_client(url, headers) as scraper:
                assert scraper.get("/metrics").status_code == status


def test_a_proxy_that_no_setting_names_is_not_believed(tmp_path: Path, service: Service) -> None:
    changes = {"limit_sign_in": "2/day", "limit_sign_in_address": "3/day", "port": 0}
    for trusted, statuses in (("", [401, 401, 401, 429]), ("127.0.0.1", [401] * 4)):
        settings = service.settings.model_copy(update={**changes, "trusted_proxies": trusted})
        with running(settings) as (_, url):
            found = [
                httpx.post(
                    f"{url}/api/v1/tokens",
                    json={"name": f"nobody{number}", "password": "wrong horse"},
                    headers={"X-Forwarded-For": f"192.0.2.{number}"},
                    timeout=60,
                ).status_code
                for number in range(4)
            ]
        assert found == statuses


def test_a_stranger_locks_nobody_out_of_a_known_address(service: Service) -> None:
    changes = {
        "limit_sign_in": "50/day",
        "limit_sign_in_name": "2/day",
        "trusted_proxies": "127.0.0.1",
        "port": 0,
    }
    settings = service.settings.model_copy(update=changes)
    right = {"name": "known-person", "password": "correct horse"}
    wrong = {**right, "password": "wrong horse"}

    def sign_in(url: str, body: dict[str, str], address: str) -> int:
        headers = {"X-Forwarded-For": address}
        return httpx.post(
            f"{url}/api/v1/tokens", json=body, headers=headers, timeout=60
        ).status_code

    with running(settings) as (_, url):
        assert service.http.post("/users", json=right).status_code == 201
        assert sign_in(url, right, "192.0.2.1") == 201
        guesses = [sign_in(url, wrong, f"198.51.100.{number}") for number in range(4)]
        assert guesses == [401, 401, 429, 429]
        assert sign_in(url, right, "192.0.2.1") == 201
        assert sign_in(url, right, "203.0.113.1") == 429
