"""The CLI's client of the HTTP API: every failure is an ApiError.

httpx takes 0.15 s to load, so the functions that need it import it: commands that call no server
don't wait for it.
"""

from __future__ import annotations

import json
import os
import re
from collections.abc import Iterator
from functools import partial
from http import HTTPStatus
from pathlib import Path
from typing import TYPE_CHECKING, Any, NoReturn

from cli.files import home_file, make_folder, write_whole
from cli.listeners import owners_of_port
from cli.paths import path_of
from judge.errors import ShousiError

if TYPE_CHECKING:
    import httpx

Json = dict[str, Any]

CREDENTIALS = Path("~/.config/shousi/credentials.json")
# One tag of RFC 5646, as far as a locale's name gives one.
_TAG = re.compile(r"[A-Za-z]{2,8}(-[A-Za-z0-9]{1,8})*")
# What a header can hold, without a space.
_TOKEN = re.compile(r"[!-~]+")
_HERE = frozenset({"127.0.0.1", "localhost", "::1"})
# Files that the launcher writes into its home for the CLI on the same machine.
LOCAL_TOKEN = "admin-token"  # noqa: S105 - not a secret
LOCAL_URL = "url"


class ApiError(ShousiError):
    """The server refused, or did not answer. The message is one line for the user; `status` is the
    HTTP status, None without an answer of Shousi."""

    def __init__(self, message: str, status: int | None = None) -> None:
        super().__init__(message)
        self.status = status


def server_url(home: Path) -> str:
    """Return the server's URL: SHOUSI_URL, else this machine at SHOUSI_PORT or PORT, else the URL
    that the service of `home` wrote there, else this machine at port 8000."""
    if url := os.environ.get("SHOUSI_URL"):
        return url.rstrip("/")
    if port := os.environ.get("SHOUSI_PORT") or os.environ.get("PORT"):
        return f"http://127.0.0.1:{port}"
    try:
        return (home / LOCAL_URL).read_text(encoding="ascii").strip()
    except (OSError, UnicodeDecodeError):
        return "http://127.0.0.1:8000"


def stored_credentials() -> dict[str, str]:
    """Return the tokens that `shousi login` stored, by server URL."""
    try:
        stored = json.loads(home_file(CREDENTIALS).read_text(encoding="utf-8"))
        return {str(url): str(token) for url, token in stored.items()}
    except FileNotFoundError:
        return {}
    except (OSError, ValueError, AttributeError) as error:
        raise ApiError(
            f"{CREDENTIALS} can't be read ({error}): delete it, and log in again"
        ) from error


def store_credentials(url: str, token: str) -> Path:
    """Store a token for `url` in a file that only its owner may read."""
    path = home_file(CREDENTIALS)
    write_private(path, {**stored_credentials(), url: token})
    return path


def store_credentials_again() -> None:
    """Store what is stored already. Raises ShousiError if nothing can be stored."""
    write_private(home_file(CREDENTIALS), stored_credentials())


def forget_credentials(url: str) -> None:
    """Delete the stored token for `url`."""
    kept = {each: token for each, token in stored_credentials().items() if each != url}
    write_private(home_file(CREDENTIALS), kept)


def write_private(path: Path, values: dict[str, str]) -> None:
    """Write `values` as JSON into a file that only its owner may read. Raises ShousiError."""
    make_folder(path.parent, mode=0o700)
    write_whole(path, json.dumps(values, indent=2), mode=0o600)


def find_token(url: str, home: Path) -> str | None:
    """Return SHOUSI_TOKEN, else the token that `shousi login` stored, else the one that `make run`
    wrote into `home`, if `url` is a server on this machine."""
    if token := os.environ.get("SHOUSI_TOKEN"):
        return token
    if token := stored_credentials().get(url):
        return token
    # Never send the local admin's token to another machine.
    if not is_here(url):
        return None
    local = home / LOCAL_TOKEN
    try:
        # Nor to another user's program, while the service doesn't run.
        trusted = {local.stat().st_uid, 0}
        return local.read_text("ascii").strip() if owners_of_port(_port(url)) <= trusted else None
    except (OSError, UnicodeDecodeError):
        return None


def _port(url: str) -> int:
    import httpx

    parsed = httpx.URL(url)
    return parsed.port or (443 if parsed.scheme == "https" else 80)


def is_here(url: str) -> bool:
    """Whether `url` leads to this machine; False if it is no address."""
    import httpx

    try:
        return httpx.URL(url).host in _HERE
    except httpx.InvalidURL:
        return False


def reader_language() -> str:
    """Return the terminal's language as a tag (`zh_CN.UTF-8` is `zh-CN`), English if unset."""
    names = (os.environ.get(name) for name in ("LC_ALL", "LC_MESSAGES", "LANG"))
    locale = next((name for name in names if name), "en").partition(".")[0]
    tag = locale.partition("@")[0].replace("_", "-")
    return tag if _TAG.fullmatch(tag) and tag != "POSIX" else "en"


def _not_ours(url: str) -> ApiError:
    return ApiError(f"{url} doesn't answer as this release of Shousi does: look at SHOUSI_URL")


class _Object(Json):
    """A JSON object of an answer. Reading a member that it lacks raises ApiError: another program
    has answered."""

    def __init__(self, url: str, members: list[tuple[str, Any]]) -> None:
        super().__init__(members)
        self._url = url

    def __missing__(self, name: str) -> NoReturn:
        raise _not_ours(self._url)


def _http_client(url: str, headers: dict[str, str], timeout_s: float) -> httpx.Client:
    import httpx

    try:
        parsed = httpx.URL(url)
    except (httpx.InvalidURL, UnicodeError) as error:
        raise ApiError(f"{url} is no address of a server ({error}): look at SHOUSI_URL") from error
    if parsed.scheme not in {"http", "https"} or not parsed.host:
        raise ApiError(f"{url} is no address of a server: it must begin with http:// or https://")
    try:
        # Without TLS no certificate is needed, and to load all of them takes half the time of a
        # short command. Redirects, which could lead to HTTPS, are not followed.
        trusted = httpx.create_ssl_context() if parsed.scheme == "https" else False
    except OSError as error:
        named = os.environ.get("SSL_CERT_FILE") or os.environ.get("SSL_CERT_DIR")
        raise ApiError(f"{named} (SSL_CERT_FILE, SSL_CERT_DIR): {error.strerror}") from error
    try:
        return httpx.Client(
            base_url=f"{url}/api/v1",
            headers=headers,
            timeout=timeout_s,
            verify=trusted,
            # No proxy leads to this machine, and none may see its admin's token.
            trust_env=parsed.host not in _HERE,
        )
    except (ImportError, ValueError, httpx.InvalidURL) as error:
        # ImportError: httpx lacks an optional library for proxies of this kind.
        why = "SOCKS is not supported" if isinstance(error, ImportError) else error
        raise ApiError(
            f"the environment's proxy can't be used ({why}): set HTTPS_PROXY, HTTP_PROXY and "
            f"ALL_PROXY to http://HOST:PORT, or NO_PROXY={parsed.host}"
        ) from error


class Client:
    """Calls the API of one server (`/api/v1`) with one token. Raises ApiError."""

    def __init__(self, url: str, token: str | None, *, timeout_s: float = 60.0) -> None:
        headers = {"Accept-Language": reader_language()}
        if token:
            if not _TOKEN.fullmatch(token):
                raise ApiError(
                    f"the token for {url} has characters that no token has: look at SHOUSI_TOKEN, "
                    "or log in again"
                )
            headers["Authorization"] = f"Bearer {token}"
        self.url = url
        self._http = _http_client(url, headers, timeout_s)

    def close(self) -> None:
        """Close the connections."""
        self._http.close()

    def call(self, method: str, path: str, **options: Any) -> Json:
        """Send a request; return the answer's JSON object, empty if the answer has no content."""
        return self._object_of(self._answer(method, path, **options))

    def listed(self, path: str, **options: Any) -> list[Json]:
        """Return the JSON list at `path`."""
        found = self._json_of(self._answer("GET", path, **options))
        if not isinstance(found, list):
            raise _not_ours(self.url)
        return found

    def created(self, method: str, path: str, **options: Any) -> tuple[Json, str]:
        """Send a request that creates a resource; return the answer's JSON object and Location."""
        answer = self._answer(method, path, **options)
        return self._object_of(answer), answer.headers.get("Location", "")

    def seen(self, path: str, method: str = "GET", **options: Any) -> tuple[Json, str]:
        """Return the JSON object at `path` and its ETag, for the `If-Match` of a later change."""
        answer = self._answer(method, path, **options)
        # A proxy may remove the ETag; `*` then matches any state.
        return self._object_of(answer), answer.headers.get("ETag", "*")

    def text(self, path: str, media_type: str, **options: Any) -> str:
        """Return the text of this media type at `path`."""
        answer = self._answer("GET", path, **options)
        self._check_type(answer, media_type)
        return answer.text

    def content(self, path: str) -> bytes:
        """Return the file at `path`."""
        return self._answer("GET", path).content

    def download(self, path: str, media_type: str) -> Iterator[bytes]:
        """Yield the file of this media type at `path`, piece by piece."""
        import httpx

        try:
            with self._http.stream("GET", path) as answer:
                self._check(answer)
                self._check_type(answer, media_type)
                yield from answer.iter_bytes()
        except httpx.HTTPError as error:
            raise ApiError(f"{self.url} broke off: {error}") from error

    def _json_of(self, answer: httpx.Response) -> Any:
        try:
            return json.loads(answer.content, object_pairs_hook=partial(_Object, self.url))
        except ValueError as error:
            raise _not_ours(self.url) from error

    def _object_of(self, answer: httpx.Response) -> Json:
        if answer.status_code == HTTPStatus.NO_CONTENT:
            return {}
        found = self._json_of(answer)
        if not isinstance(found, dict):
            raise _not_ours(self.url)
        return found

    def _check_type(self, answer: httpx.Response, media_type: str) -> None:
        if answer.headers.get("Content-Type", "").partition(";")[0].strip() != media_type:
            raise _not_ours(self.url)

    def _check(self, answer: httpx.Response) -> None:
        """Raise ApiError unless the request succeeded."""
        if answer.is_redirect:
            # Not followed: the token is for the address that was named.
            place = answer.headers.get("Location", "")
            raise ApiError(f"{self.url} redirects to {place}: set SHOUSI_URL to the server's own")
        if not answer.is_success:
            answer.read()
            told = explain(answer)
            # At /tokens, where `shousi login` asks, the password was wrong.
            signing_in = answer.url.path.endswith("/api/v1/tokens")
            if answer.status_code == HTTPStatus.UNAUTHORIZED and not signing_in:
                first = "unset SHOUSI_TOKEN, then " if os.environ.get("SHOUSI_TOKEN") else ""
                told += f" Here: {first}`shousi login NAME`"
            raise ApiError(told, answer.status_code)

    def _answer(self, method: str, path: str, **options: Any) -> httpx.Response:
        import httpx

        try:
            answer = self._http.request(method, path, **options)
        except httpx.HTTPError as error:
            raise self._no_answer(error) from error
        except UnicodeEncodeError as error:
            raise ApiError(f"{error.object!r} can't be sent: it is no text in UTF-8") from error
        self._check(answer)
        return answer

    def _no_answer(self, error: httpx.HTTPError) -> ApiError:
        import ssl

        cause: BaseException | None = error
        while cause is not None:
            if isinstance(cause, ssl.SSLCertVerificationError):
                return ApiError(
                    f"the certificate of {self.url} is refused: {cause.verify_message}. Set "
                    "SSL_CERT_FILE to the certificate of its authority, or look at your clock"
                )
            cause = cause.__context__
        look = "Is `make run` up?" if is_here(self.url) else "Look at SHOUSI_URL and the network."
        return ApiError(f"no answer from {self.url}: {str(error) or type(error).__name__}. {look}")

    def send(self, slug: str, what: str, body: Json) -> Json:
        """POST a submission (`what` = `submissions`) or a run (`runs`)."""
        return self.call("POST", path_of("problems", slug, what), json=body)

    def submission(self, identifier: str, wait_s: int = 0) -> Json:
        """Return a submission; if it isn't done, the server waits up to `wait_s` seconds for it."""
        return self.call("GET", path_of("submissions", identifier), params={"wait": wait_s})

    def events(self, identifier: str) -> Iterator[tuple[str, Json]]:
        """Yield the events of a submission until it is done, as `stream` does."""
        return self.stream(path_of("submissions", identifier, "events"))

    def stream(self, path: str, **options: Any) -> Iterator[tuple[str, Json]]:
        """Yield (name, data) of each event until the stream ends or breaks."""
        import httpx

        try:
            with self._http.stream("GET", path, **options) as answer:
                if answer.is_success:
                    yield from parse_events(answer.iter_lines())
        except (httpx.HTTPError, ValueError):
            return  # events only show progress; the caller reads the result afterwards

    def streamed(self, method: str, path: str, **options: Any) -> Iterator[tuple[str, Json]]:
        """Yield events as `stream` does, but raise ApiError if the server refuses the request. If
        the stream breaks later, it just ends."""
        import httpx

        begun = False
        try:
            with self._http.stream(method, path, **options) as answer:
                self._check(answer)
                self._check_type(answer, "text/event-stream")
                begun = True
                yield from parse_events(answer.iter_lines())
        except httpx.HTTPError as error:
            if not begun:
                raise self._no_answer(error) from error


def parse_events(lines: Iterator[str]) -> Iterator[tuple[str, Json]]:
    """Parse server-sent events (WHATWG HTML, section 9.2) whose data is one JSON object."""
    name, data = "message", ""
    for line in lines:
        if line.startswith("event:"):
            name = line[6:].strip()
        elif line.startswith("data:"):
            data += line[5:].strip()
        # A blank line ends an event.
        elif not line and data:
            yield name, json.loads(data)
            name, data = "message", ""


def explain(answer: httpx.Response) -> str:
    """Return one line that describes an error answer (problem+json)."""
    try:
        problem = answer.json()
        detail = str(problem.get("detail") or problem.get("title") or answer.reason_phrase)
        # Leave out messages that the detail already contains.
        told = [e for e in problem.get("errors", []) if str(e["message"]) not in detail]
        fields = "; ".join(f"{e.get('field')}: {e['message']}" for e in told)
    except (ValueError, AttributeError, KeyError, TypeError):
        # Not a problem document: another program, or a proxy, has answered.
        return f"{answer.status_code} {answer.reason_phrase} from {answer.url}"
    return f"{answer.status_code}: {detail}" + (f" ({fields})" if fields else "")
