"""Every wrong request gets a problem document that says what to do."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import unquote

import httpx
import pytest
from structlog.testing import capture_logs

from api.error_types import ERROR_TYPES
from api.main import body_limit
from api.server import Server
from judge import monitoring
from judge.problems.publish import publish
from judge.settings import Settings
from tests.integration.api.service import SOURCE, Account, Service, prepared, running
from tests.unit.judge.problem_package.making import loaded, with_yaml

SUBMISSIONS = "/problems/maxsubarray/submissions"
JSON = {"Content-Type": "application/json"}


def problem(answer: httpx.Response, status: int, name: str) -> dict[str, object]:
    """The answer's problem document, checked for what every one of them has."""
    assert answer.status_code == status, answer.text
    assert answer.headers["Content-Type"] == "application/problem+json"
    document: dict[str, object] = answer.json()
    assert document["type"] == f"/api/v1/errors/{name}"
    assert document["status"] == status == ERROR_TYPES[name].status
    assert document["title"]
    assert document["detail"]
    assert unquote(str(document["instance"])) == answer.request.url.path
    return document


def fields(document: dict[str, object]) -> list[str]:
    errors = document["errors"]
    assert isinstance(errors, list)
    return [error["field"] for error in errors]


@pytest.mark.parametrize("path", ["/a%20b", "/%E4%B8%AD", "/a%0D%0Ab", "/50%25", "/%22"])
def test_the_instance_is_an_address(service: Service, path: str) -> None:
    document = problem(service.root.get(f"/api/v1{path}"), 404, "not-found")
    assert document["instance"] == f"/api/v1{path}"


def test_an_unknown_path(service: Service) -> None:
    problem(service.http.get("/no/such/thing"), 404, "not-found")
    outside = service.root.get("/nowhere")
    assert outside.status_code == 404
    assert outside.headers["Content-Type"] == "application/problem+json"


def test_a_method_that_a_path_does_not_take_is_told_those_that_it_takes(service: Service) -> None:
    paths = service.http.get("/openapi.json").json()["paths"]
    assert len(paths) > 70
    for path, operations in paths.items():
        answer = service.root.request("REPORT", path.replace("{", "").replace("}", ""))
        problem(answer, 405, "method-not-allowed")
        taken = {name.upper() for name in operations}
        # HEAD is allowed wherever GET is.
        taken |= {"HEAD"} if "GET" in taken else set()
        # This is also the address of an invitation with this id.
        taken |= {"DELETE"} if path.endswith("/invitations/preview") else set()
        assert set(answer.headers["Allow"].split(", ")) == taken, path


@pytest.mark.parametrize(
    "path", ["/problems/no-such", "/problems/a%00b", "/problems/" + "x" * 5000, "/problems/%FF%FE"]
)
def test_an_unknown_problem(service: Service, ada: Account, path: str) -> None:
    problem(service.http.get(path), 404, "not-found")
    body = {"language": "python3", "source": SOURCE}
    problem(ada.http.post(path + "/submissions", json=body), 404, "not-found")
    problem(ada.http.post(path + "/runs", json={**body, "language": "cobol"}), 404, "not-found")


def test_an_unknown_submission(ada: Account) -> None:
    for path in ("/submissions/x", "/submissions/a%00b", "/submissions/x/events"):
        problem(ada.http.get(path), 404, "not-found")


@pytest.mark.parametrize(
    "content",
    [
        b"{",
        b"language=python3",
        b'{"language": "python3", "source": "\xff\xfe"}',
        b"\xff\xfe\x00",
        b"[" * 100_000,
        b'{"a":' * 50_000,
        b'{"source": ' + b"9" * 10_000 + b"}",
        b'{"language": "python3",}',
    ],
)
def test_a_body_that_is_not_json(ada: Account, content: bytes) -> None:
    problem(ada.http.post(SUBMISSIONS, content=content, headers=JSON), 400, "malformed-body")


@pytest.mark.parametrize(
    "content", [b"[]", b"null", b'"text"', b"5", b"NaN", b"[" * 500 + b"]" * 500, b""]
)
def test_json_that_is_no_object(ada: Account, content: bytes) -> None:
    answer = ada.http.post(SUBMISSIONS, content=content, headers=JSON)
    assert fields(problem(answer, 422, "invalid")) == ["body"]


@pytest.mark.parametrize("kind", ["text/plain", "application/x-www-form-urlencoded", "nonsense"])
def test_a_body_not_declared_as_json(ada: Account, kind: str) -> None:
    content = json.dumps({"language": "python3", "source": SOURCE})
    answer = ada.http.post(SUBMISSIONS, content=content, headers={"Content-Type": kind})
    assert kind in str(problem(answer, 415, "unsupported-media-type")["detail"])


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"source": None}, "source"),
        ({"source": 5}, "source"),
        ({"source": ["a"]}, "source"),
        ({"source": ""}, "source"),
        ({"source": " \n\t"}, "source"),
        ({"source": "a\0b"}, "source"),
        ({"source": "\ud800"}, "source"),
        ({"language": None}, "language"),
        ({"language": {}}, "language"),
        ({"langauge": "python3"}, "langauge"),
        ({"\ud800": 1}, "body"),
        ({"x" * 1000: 1}, "x" * 100),
    ],
)
def test_wrong_fields_are_named(ada: Account, change: dict[str, object], field: str) -> None:
    body = json.dumps({"language": "python3", "source": SOURCE, **change})
    answer = ada.http.post(SUBMISSIONS, content=body, headers=JSON)
    assert fields(problem(answer, 422, "invalid")) == [field]


def test_all_missing_fields_are_named(ada: Account) -> None:
    answer = ada.http.post(SUBMISSIONS, json={})
    assert fields(problem(answer, 422, "invalid")) == ["language", "source"]


@pytest.mark.parametrize("value", ["a\0b", "\ud800", 5])
def test_a_runs_input_is_checked_too(ada: Account, value: object) -> None:
    body = json.dumps({"language": "python3", "source": SOURCE, "input": value})
    answer = ada.http.post("/problems/maxsubarray/runs", content=body, headers=JSON)
    assert fields(problem(answer, 422, "invalid")) == ["input"]


def test_many_errors_are_cut(ada: Account) -> None:
    answer = ada.http.post(SUBMISSIONS, json={f"x{number}": 1 for number in range(500)})
    assert len(fields(problem(answer, 422, "invalid"))) == 20


def test_a_source_over_the_limit_is_told_the_limit(service: Service, ada: Account) -> None:
    limit = service.settings.source_limit_bytes
    assert ada.submit(source="#" * limit).status_code == 202
    for source in ("#" * (limit + 1), "字" * (limit // 3 + 1)):
        document = problem(ada.submit(source=source), 422, "source-too-large")
        assert str(limit) in str(document["detail"])
        assert fields(document) == ["source"]
    body = {"language": "python3", "source": SOURCE, "input": "1" * (limit + 1)}
    answer = ada.http.post("/problems/maxsubarray/runs", json=body)
    assert fields(problem(answer, 422, "source-too-large")) == ["input"]


def test_a_problem_may_take_shorter_sources(service: Service, ada: Account, boss: Account) -> None:
    publish(service.db, loaded(with_yaml("  code: 1\n"), "shortcode"))
    limits = ada.http.get("/problems/shortcode").json()["limits"]
    assert limits["source_bytes"] == 1024
    answer = ada.submit("shortcode", source="#" * 1025)
    document = problem(answer, 422, "source-too-large")
    assert fields(document) == ["source"]
    assert "takes 1024 bytes at most" in str(document["detail"])
    assert ada.submit("shortcode", source="#" * 1024).status_code == 202
    monitoring.withdraw_problem(service.db, "shortcode", by=boss.id, withdrawn=True)


def test_the_longest_source_passes_however_it_is_written(service: Service, ada: Account) -> None:
    limit = service.settings.source_limit_bytes
    source = "\\u0023" * limit
    content = f'{{"language": "python3", "source": "{source}"}}'
    assert ada.http.post(SUBMISSIONS, content=content, headers=JSON).status_code == 202


def test_a_body_over_the_limit_is_refused_by_its_length(service: Service, ada: Account) -> None:
    limit = body_limit(service.settings, "POST", SUBMISSIONS)
    for size in (limit + 1, 20 * limit):
        answer = ada.http.post(SUBMISSIONS, content=b" " * size, headers=JSON)
        assert problem(answer, 413, "too-large")["limit_bytes"] == limit
    at_limit = ada.http.post(SUBMISSIONS, content=b" " * limit, headers=JSON)
    problem(at_limit, 400, "malformed-body")


def test_a_chunked_body_over_the_limit_is_refused_while_it_comes(
    service: Service, ada: Account
) -> None:
    limit = body_limit(service.settings, "POST", SUBMISSIONS)
    chunk = b" " * 65536

    def chunks() -> Iterator[bytes]:
        for _ in range(20 * limit // len(chunk)):
            yield chunk

    answer = ada.http.post(SUBMISSIONS, content=chunks(), headers=JSON)
    assert problem(answer, 413, "too-large")["limit_bytes"] == limit


def test_an_unknown_language_is_told_what_there_is(ada: Account) -> None:
    document = problem(ada.submit(language="cobol"), 422, "unknown-language")
    assert document["languages"] == ["python3", "cpp"]
    assert "python3, cpp" in str(document["detail"])
    assert fields(document) == ["language"]


@pytest.mark.parametrize("language", ["", "Python3", "python3 ", "x" * 60_000, "a\0b"])
def test_only_a_languages_id_is_one(ada: Account, language: str) -> None:
    problem(ada.submit(language=language), 422, "unknown-language")


def test_a_language_that_is_not_installed(ada: Account) -> None:
    document = problem(ada.submit("longestsubarray", language="go"), 422, "language-unavailable")
    assert document["languages"] == ["python3", "cpp"]


@pytest.mark.parametrize(
    ("slug", "language", "takes"),
    [
        ("lorainit", "python3", ["pytorch"]),
        ("maxsubarray", "pytorch", ["python3", "cpp"]),
    ],
)
def test_a_language_that_the_problem_does_not_take(
    ada: Account, slug: str, language: str, takes: list[str]
) -> None:
    document = problem(ada.submit(slug, language=language), 422, "language-not-for-problem")
    assert document["languages"] == takes


def test_what_is_refused_is_not_stored(ada: Account) -> None:
    ada.submit(language="cobol")
    ada.submit(source="")
    assert ada.http.get("/submissions").json()["items"] == []


def test_a_database_that_is_away_is_a_503_and_the_retry_succeeds(
    service: Service, tmp_path: Path
) -> None:
    # On SQLite; `test_api_postgres` has an outage of a server.
    settings = Settings(home=tmp_path, broker_url=service.settings.broker_url, log_level="warning")
    prepared(settings)
    with running(settings) as (server, url):
        other = Service(settings, url)
        ada = other.account()
        assert other.http.get("/readyz").status_code == 200
        body = {"language": "python3", "source": SOURCE}
        key = {"Idempotency-Key": "again"}
        with _away(server, other):
            answer = ada.http.post(SUBMISSIONS, json=body, headers=key)
            problem(answer, 503, "unavailable")
            assert int(answer.headers["Retry-After"]) > 0
            parts = problem(other.http.get("/readyz"), 503, "not-ready")["parts"]
            assert isinstance(parts, dict)
            assert [parts[name]["up"] for name in ("database", "broker")] == [False, True]
            assert other.http.get("/healthz").status_code == 200
            assert other.http.get("/metrics").status_code == 200
        assert ada.http.post(SUBMISSIONS, json=body, headers=key).status_code == 202
        other.close()


@contextmanager
def _away(server: Server, service: Service) -> Iterator[None]:
    """The database's file can't be opened inside the block."""
    path = Path(service.db.url.database or "")
    aside = path.with_name("aside")
    service.db.close()
    server.services.db.engine.dispose()
    path.rename(aside)
    path.mkdir()
    yield
    path.rmdir()
    aside.rename(path)


def test_our_own_faults_tell_nothing_of_our_insides(
    service: Service, ada: Account, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_arguments: object) -> None:
        raise RuntimeError("secret path /etc/thing")

    monkeypatch.setattr("api.v1.problems.read_problem", broken)
    with capture_logs() as logged:
        answer = service.http.get("/problems/maxsubarray")
    problem(answer, 500, "internal")
    assert [(line["event"], line["log_level"]) for line in logged] == [("request failed", "error")]
    assert "secret" not in answer.text
    monkeypatch.undo()
    assert service.http.get("/problems/maxsubarray").status_code == 200


def test_error_types_explain_themselves(service: Service) -> None:
    listed = service.http.get("/errors").json()
    assert {one["type"] for one in listed} == {kind.uri for kind in ERROR_TYPES.values()}
    for one in listed:
        assert service.root.get(one["type"]).json() == one
    problem(service.http.get("/errors/no-such"), 404, "not-found")
