"""How the CLI finds its server and token, and how it handles answers."""

import json
from pathlib import Path

import httpx
import pytest

from cli import client


@pytest.fixture(autouse=True)
def bare_environment(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    for name in ("SHOUSI_URL", "SHOUSI_PORT", "PORT", "SHOUSI_TOKEN", "LC_ALL", "LC_MESSAGES"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("HOME", str(tmp_path / "user"))


def test_the_server_is_found(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    assert client.server_url(tmp_path) == "http://127.0.0.1:8000"
    (tmp_path / client.LOCAL_URL).write_text("http://127.0.0.1:9001\n")
    assert client.server_url(tmp_path) == "http://127.0.0.1:9001"
    monkeypatch.setenv("PORT", "9002")
    assert client.server_url(tmp_path) == "http://127.0.0.1:9002"
    monkeypatch.setenv("SHOUSI_URL", "https://judge.example/")
    assert client.server_url(tmp_path) == "https://judge.example"


def test_the_local_token_is_for_the_local_server_only(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    (tmp_path / client.LOCAL_TOKEN).write_text("local\n")
    assert client.find_token("http://127.0.0.1:8000", tmp_path) == "local"
    assert client.find_token("https://judge.example", tmp_path) is None
    path = client.store_credentials("https://judge.example", "stored")
    assert path.stat().st_mode & 0o777 == 0o600
    assert client.find_token("https://judge.example", tmp_path) == "stored"
    monkeypatch.setenv("SHOUSI_TOKEN", "named")
    assert client.find_token("https://judge.example", tmp_path) == "named"


def test_stored_credentials_become_private_and_keep_the_others() -> None:
    path = client.store_credentials("https://a.example", "one")
    path.chmod(0o644)
    client.store_credentials("https://b.example", "two")
    assert path.stat().st_mode & 0o777 == 0o600
    assert client.stored_credentials() == {"https://a.example": "one", "https://b.example": "two"}
    assert [one.name for one in path.parent.iterdir()] == [path.name]


@pytest.mark.parametrize("text", ["{", "[]"])
def test_broken_credentials_are_named(text: str) -> None:
    path = client.CREDENTIALS.expanduser()
    path.parent.mkdir(parents=True)
    path.write_text(text)
    with pytest.raises(client.ApiError, match="log in again"):
        client.stored_credentials()


def test_a_problem_document_becomes_one_line() -> None:
    document = {
        "title": "Some fields are wrong",
        "detail": "The source is empty.",
        "errors": [{"field": "source", "message": "The source is empty."}],
    }
    answer = httpx.Response(422, json=document, request=httpx.Request("POST", "http://x/y"))
    assert client.explain(answer) == "422: The source is empty."
    document["errors"] = [{"field": "a", "message": "b"}]
    answer = httpx.Response(422, json=document, request=httpx.Request("POST", "http://x/y"))
    assert client.explain(answer) == "422: The source is empty. (a: b)"
    plain = httpx.Response(502, text="<html>", request=httpx.Request("GET", "http://x/y"))
    assert client.explain(plain) == "502 Bad Gateway from http://x/y"


def test_events_are_parsed() -> None:
    lines = ["retry: 2000", "", "id: 3", "event: test", 'data: {"index": 1}', "", ": ping", "",
             "event: done", "data: {}", ""]  # fmt: skip
    assert list(client.parse_events(iter(lines))) == [("test", {"index": 1}), ("done", {})]


@pytest.mark.parametrize(
    ("locale", "tag"), [("zh_CN.UTF-8", "zh-CN"), ("C.UTF-8", "en"), ("de_DE", "de-DE"), ("", "en")]
)
def test_the_terminals_language(monkeypatch: pytest.MonkeyPatch, locale: str, tag: str) -> None:
    monkeypatch.setenv("LANG", locale)
    assert client.reader_language() == tag


def test_no_server_is_one_line() -> None:
    nobody = client.Client("http://127.0.0.1:9", None)
    with pytest.raises(client.ApiError, match=r"no answer from http://127\.0\.0\.1:9"):
        nobody.call("GET", "/problems")


def test_an_address_that_is_none_is_one_line(tmp_path: Path) -> None:
    assert client.find_token("http://localhost:port", tmp_path) is None
    with pytest.raises(client.ApiError, match=r"http://localhost:port is no address of a server"):
        client.Client("http://localhost:port", None)


def test_credentials_are_json(tmp_path: Path) -> None:
    client.store_credentials("http://a", "1")
    path = client.store_credentials("http://b", "2")
    assert json.loads(path.read_text()) == {"http://a": "1", "http://b": "2"}
