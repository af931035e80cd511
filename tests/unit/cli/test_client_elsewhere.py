"""How the CLI handles a server that isn't Shousi, proxies, certificates and unusual settings."""

import json
import os
import socket
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from cli.client import ApiError, Client, find_token, reader_language
from cli.listeners import owners_of_port
from cli.paths import path_of
from tests.support.certificates import expire, make_certificate
from tests.support.launched import PROJECT
from tests.support.missing import missing
from tests.support.strangers import stranger

PROXIES = ("HTTP_PROXY", "http_proxy", "HTTPS_PROXY", "https_proxy", "ALL_PROXY", "all_proxy",
           "NO_PROXY", "no_proxy", "SSL_CERT_FILE", "SSL_CERT_DIR")  # fmt: skip


@pytest.fixture(autouse=True)
def bare_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in PROXIES:
        monkeypatch.delenv(name, raising=False)


def told(ask: Callable[[], object]) -> str:
    """The one line of the error."""
    with pytest.raises(ApiError) as caught:
        ask()
    assert "\n" not in str(caught.value)
    return str(caught.value)


NOT_OURS = "doesn't answer as this release of Shousi does"
JSON = {"Content-Type": "application/json"}
ASKED: dict[str, Callable[[Client], Any]] = {
    "object": lambda client: client.call("GET", "/problems"),
    "member": lambda client: client.call("GET", "/problems")["items"],
    "list": lambda client: client.listed("/languages"),
    "created": lambda client: client.created("POST", "/problems/a/rejudge"),
    "seen": lambda client: client.seen("/problems/a/drafts/c"),
    "csv": lambda client: client.text("/leaderboard", "text/csv"),
    "zip": lambda client: list(client.download("/users/me/export", "application/zip")),
    "stream": lambda client: list(client.streamed("GET", "/teams/a/events")),
}


ANSWERS = {
    "page": ({"Content-Type": "text/html"}, b"<html>hello</html>"),
    "object": (JSON, b'{"a": {}}'),
    "list": (JSON, b"[1]"),
    "nothing": ({}, b""),
    "no text": (JSON, b"\xff"),
}
# By the parts that these commands read, the answer could come from Shousi.
ALIKE = {("object", "object"), ("created", "object"), ("seen", "object"), ("list", "list")}


@pytest.mark.parametrize(
    ("what", "answer"), [(w, a) for w in ASKED for a in ANSWERS if (w, a) not in ALIKE]
)
def test_a_stranger_who_answers_is_told_from_shousi(what: str, answer: str) -> None:
    headers, body = ANSWERS[answer]
    with stranger(200, headers, body) as server:
        assert NOT_OURS in told(lambda: ASKED[what](Client(server.url, None)))


@pytest.mark.parametrize("what", ASKED)
def test_a_redirect_is_no_success(what: str) -> None:
    with stranger(308, {"Location": "https://judge.example/"}) as server:
        said = told(lambda: ASKED[what](Client(server.url, None)))
    assert "redirects to https://judge.example/: set SHOUSI_URL" in said


@pytest.mark.parametrize(
    "body",
    [{"errors": [{"status": "404", "title": "x"}]}, {"errors": ["x"]}, {"errors": 5}, [], "x", 5],
)
def test_an_error_of_a_stranger_is_one_line(body: object) -> None:
    with stranger(404, JSON, json.dumps(body).encode()) as server:
        assert "404 Not Found from http://127" in told(
            lambda: Client(server.url, None).call("GET", "/problems")
        )


def test_the_local_token_goes_past_every_proxy(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    (tmp_path / "admin-token").write_text("local\n")
    with stranger(200, JSON, b"{}") as here, stranger(200, JSON, b"{}") as proxy:
        for name in ("http_proxy", "HTTP_PROXY", "ALL_PROXY"):
            monkeypatch.setenv(name, proxy.url)
        Client(here.url, find_token(here.url, tmp_path)).call("GET", "/users/me")
        ((_, headers),) = here.requests
        assert headers["Authorization"] == "Bearer local"
        assert not proxy.requests
        # Requests to other machines go through the proxy.
        Client("http://judge.example", None).call("GET", "/users/me")
        assert proxy.requests[0][0] == "GET http://judge.example/api/v1/users/me"


@pytest.mark.parametrize("proxy", ["socks5://127.0.0.1:7890", "nonsense://x"])
def test_a_proxy_that_can_not_be_used_is_one_line(
    monkeypatch: pytest.MonkeyPatch, proxy: str
) -> None:
    monkeypatch.setenv("ALL_PROXY", proxy)
    assert "NO_PROXY=judge.example" in told(lambda: Client("https://judge.example", None))
    with stranger(200, JSON, b"{}") as here:
        assert Client(here.url, None).call("GET", "/x") == {}


def test_an_unknown_certificate_says_what_to_set(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    certificate = make_certificate(tmp_path, "127.0.0.1")
    with stranger(200, JSON, b"{}", certificate) as server:

        def ask() -> object:
            return Client(server.url, None).call("GET", "/x")

        said = told(ask)
        assert "self-signed certificate. Set SSL_CERT_FILE" in said
        assert "make run" not in said
        monkeypatch.setenv("SSL_CERT_FILE", str(certificate.certificate))
        assert ask() == {}
        monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / "missing"))
        assert "missing (SSL_CERT_FILE, SSL_CERT_DIR): No such file" in told(ask)
    expire(certificate)
    monkeypatch.setenv("SSL_CERT_FILE", str(certificate.certificate))
    with stranger(200, JSON, b"{}", certificate) as server:
        said = told(ask)
    assert "has expired" in said
    assert "look at your clock" in said


@pytest.mark.parametrize("token", ["a\nb", "é", "a b", "\udcff"])
def test_a_token_that_is_none_is_not_sent_and_not_shown(token: str) -> None:
    said = told(lambda: Client("http://127.0.0.1:9", token))
    assert "look at SHOUSI_TOKEN" in said
    assert token not in said


@pytest.mark.parametrize("url", ["nonsense", "ftp://judge.example", "http://", "http://a:b", ""])
def test_an_address_must_have_scheme_and_host(url: str) -> None:
    assert "is no address of a server" in told(lambda: Client(url, None))


@pytest.mark.parametrize("language", ["é", "zh_CN@pinyin.UTF-8", "a b", "POSIX", "\udcff"])
def test_any_locale_gives_a_language(monkeypatch: pytest.MonkeyPatch, language: str) -> None:
    monkeypatch.setenv("LC_ALL", language)
    assert reader_language() in {"en", "zh-CN"}
    Client("http://127.0.0.1:9", None).close()


@pytest.mark.parametrize("part", ["", ".", "..", "\udcff"])
def test_no_name_leads_to_another_path(part: str) -> None:
    with pytest.raises(ValueError, match="is no name and no id"):
        path_of("teams", "mine", "members", part)
    assert path_of("teams", "a/b?c#d%e", "...") == "/teams/a%2Fb%3Fc%23d%25e/..."


def test_what_is_no_text_is_not_sent() -> None:
    with stranger(200, JSON, b"{}") as server:
        client = Client(server.url, None)
        said = told(lambda: client.call("GET", "/problems", params={"q": "\udcff"}))
        assert "no text in UTF-8" in said
        assert "no text in UTF-8" in told(lambda: client.call("POST", "/x", json={"a": "\udcff"}))
        assert not server.requests


def test_without_a_home_folder_is_one_line() -> None:
    code = (
        "import os; from cli import client; os.setuid(54321)\n"
        "try: client.stored_credentials()\n"
        "except client.ShousiError as error: print(error)"
    )
    env = {name: value for name, value in os.environ.items() if name != "HOME"}
    if os.geteuid() != 0:
        missing("becoming a user without a home folder needs root")
    done = subprocess.run(
        [sys.executable, "-c", code], env=env | {"PYTHONPATH": str(PROJECT)},
        capture_output=True, text=True, check=True,
    )  # fmt: skip
    assert "there is no home folder; set HOME" in done.stdout


def test_an_expired_token_says_how_to_get_another(monkeypatch: pytest.MonkeyPatch) -> None:
    with stranger(401, JSON, b'{"detail": "The token is expired."}') as server:
        client = Client(server.url, "old")
        monkeypatch.delenv("SHOUSI_TOKEN", raising=False)
        said = told(lambda: client.call("GET", "/users/me"))
        assert said == "401: The token is expired. Here: `shousi login NAME`"
        monkeypatch.setenv("SHOUSI_TOKEN", "old")
        said = told(lambda: client.call("GET", "/users/me"))
        assert said.endswith("Here: unset SHOUSI_TOKEN, then `shousi login NAME`")
        # A wrong password gets the same answer.
        assert "Here" not in told(lambda: client.call("POST", "/tokens"))


_LISTENS = """
import os, socket, sys
os.setuid(54321)
with socket.create_server((sys.argv[1], 0), family=int(sys.argv[2])) as server:
    print(server.getsockname()[1], flush=True)
    sys.stdin.read()
"""


@pytest.mark.parametrize(
    ("address", "family"), [("127.0.0.1", socket.AF_INET), ("::1", socket.AF_INET6)]
)
def test_the_local_token_is_not_sent_to_another_user(
    tmp_path: Path, address: str, family: socket.AddressFamily
) -> None:
    if os.geteuid() != 0:
        missing("another user's program needs root")
    (tmp_path / "admin-token").write_text("local\n")
    with subprocess.Popen(
        [sys.executable, "-c", _LISTENS, address, str(int(family))],
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
    ) as other:  # fmt: skip
        assert other.stdout is not None
        port = int(other.stdout.readline())
        assert owners_of_port(port) == {54321}
        assert find_token(f"http://localhost:{port}", tmp_path) is None
        other.communicate()
    with stranger() as ours:
        assert find_token(ours.url, tmp_path) == "local"
