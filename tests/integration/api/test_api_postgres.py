"""The same service over PostgreSQL: a whole session of a user, faults that SQLite would hide, and
an outage.
"""

from judge.verdict import Verdict
from tests.integration.api.service import SOURCE, Service
from tests.support.postgres import PostgresServer


def test_from_sign_up_to_a_verdict(over_postgres: Service) -> None:
    who = {"name": "Grace", "password": "correct horse"}
    assert over_postgres.http.post("/users", json=who).status_code == 201
    assert over_postgres.http.post("/users", json=who).status_code == 409
    token = over_postgres.http.post("/tokens", json=who).json()["token"]
    http = over_postgres.client(token)
    body = {"language": "python3", "source": SOURCE}
    id_ = http.post("/problems/maxsubarray/submissions", json=body).json()["id"]
    over_postgres.judge(id_, Verdict.WA)
    assert http.get(f"/submissions/{id_}", params={"wait": 5}).json()["verdict"] == "WA"
    assert "event: done" in http.get(f"/submissions/{id_}/events").text
    assert [item["id"] for item in http.get("/submissions?verdict=WA").json()["items"]] == [id_]


def test_text_that_it_can_not_keep_is_refused(over_postgres: Service) -> None:
    ada = over_postgres.account()
    for path in ("/problems/a%00b", "/submissions/a%00b", "/submissions?problem=a%00b"):
        assert ada.http.get(path).status_code == 404
    for path in ("/submissions?cursor=a%00b", "/problems?cursor=a%00b"):
        assert ada.http.get(path).status_code == 422
    assert ada.http.delete("/tokens/a%00b").status_code == 404
    assert ada.submit("a%00b").status_code == 404
    assert ada.submit(language="a\0b").status_code == 422
    assert ada.submit(source="a\0b").status_code == 422
    batch = {"problem": "a\0b", "sources": [{"language": "python3", "source": "pass"}]}
    assert ada.http.post("/runs:batch", json=batch).status_code == 422
    boss = over_postgres.account("admin")
    # An admin's act is written to the audit log before the route checks its path.
    assert boss.http.post("/submissions/a%00b/rejudge").status_code == 404
    assert boss.http.put("/admin/workers/a%00b/draining").status_code == 404
    who = {"name": "a\0b", "password": "correct horse"}
    assert over_postgres.http.post("/users", json=who).status_code == 422
    assert over_postgres.http.post("/tokens", json=who).status_code == 401


def test_an_outage_is_a_503_and_the_retry_succeeds(
    over_postgres: Service, postgres: PostgresServer
) -> None:
    ada = over_postgres.account()
    body = {"language": "python3", "source": SOURCE}
    key = {"Idempotency-Key": "again"}
    path = "/problems/maxsubarray/submissions"
    assert ada.http.get("/submissions").status_code == 200
    postgres.pause()
    try:
        away = ada.http.post(path, json=body, headers=key)
        assert (away.status_code, away.json()["type"]) == (503, "/api/v1/errors/unavailable")
        assert int(away.headers["Retry-After"]) > 0
        assert ada.http.get("/readyz").json()["parts"]["database"]["up"] is False
    finally:
        postgres.resume()
    assert ada.http.post(path, json=body, headers=key).status_code == 202
    assert len(ada.http.get("/submissions").json()["items"]) == 1
