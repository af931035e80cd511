"""The CLI's side of the HTTP API: one method for each call, one exception for every failure.

httpx takes 0.15 s to load, so it is imported where a server is asked: commands that ask none need
not wait for it.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from pathlib import Path
from tempfile import NamedTemporaryFile
from typing import TYPE_CHECKING, Any

from cli.paths import path_of

if TYPE_CHECKING:
    import httpx

Json = dict[str, Any]

CREDENTIALS = Path("~/.config/shousi/credentials.json")
# What the launcher leaves in its home for this machine's CLI: file names.
LOCAL_TOKEN = "admin-token"  # noqa: S105 - not a secret
LOCAL_URL = "url"


class ApiError(Exception):
    """The server refused, or did not answer. The message is one line for a person; `status` is the
    answer's, None where Shousi gave no answer."""

    def __init__(self, message: str, status: int | None = None) -> None:
        super().__init__(message)
        self.status = status


def server_url(home: Path) -> str:
    """Where the service is: SHOUSI_URL, else this machine's port in SHOUSI_PORT or PORT, else
    where the service of `home` says that it is, else port 8000."""
    if url := os.environ.get("SHOUSI_URL"):
        return url.rstrip("/")
    if port := os.environ.get("SHOUSI_PORT") or os.environ.get("PORT"):
        return f"http://127.0.0.1:{port}"
    try:
        return (home / LOCAL_URL).read_text().strip()
    except OSError:
        return "http://127.0.0.1:8000"


def stored_credentials() -> dict[str, str]:
    """Tokens by server URL, as `shousi login` wrote them."""
    try:
        stored = json.loads(CREDENTIALS.expanduser().read_text())
        return {str(url): str(token) for url, token in stored.items()}
    except FileNotFoundError:
        return {}
    except (OSError, ValueError, AttributeError) as error:
        raise ApiError(f"{CREDENTIALS} can't be read ({error}); log in again") from error


def store_credentials(url: str, token: str) -> Path:
    """Keep a token for `url`, readable by its owner only."""
    path = CREDENTIALS.expanduser()
    write_private(path, {**stored_credentials(), url: token})
    return path


def forget_credentials(url: str) -> None:
    """Keep no token for `url` any more."""
    kept = {each: token for each, token in stored_credentials().items() if each != url}
    write_private(CREDENTIALS.expanduser(), kept)


def write_private(path: Path, values: dict[str, str]) -> None:
    """Write a file of ours that only its owner may read."""
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    # A new file, readable by its owner only, and then the old one's name: whatever the old one's
    # mode was, and whenever this ends, all values are in it.
    with NamedTemporaryFile("w", dir=path.parent, prefix=path.name, delete=False) as sink:
        json.dump(values, sink, indent=2)
    Path(sink.name).replace(path)


def find_token(url: str, home: Path) -> str | None:
    """SHOUSI_TOKEN, else what `shousi login` stored, else the token that `make run` left in
    its home for this machine's own server."""
    if token := os.environ.get("SHOUSI_TOKEN"):
        return token
    if token := stored_credentials().get(url):
        return token
    local = home / LOCAL_TOKEN
    import httpx

    try:
        host = httpx.URL(url).host
    except httpx.InvalidURL:
        return None  # Client says what is wrong with it
    # This machine's own server alone: the token is sent to no other.
    if host in {"127.0.0.1", "localhost", "::1"} and os.access(local, os.R_OK):
        return local.read_text().strip()
    return None


def reader_language() -> str:
    """The terminal's language as a tag: `zh_CN.UTF-8` is `zh-CN`; English where none is set."""
    names = (os.environ.get(name) for name in ("LC_ALL", "LC_MESSAGES", "LANG"))
    locale = next((name for name in names if name), "en").partition(".")[0]
    return "en" if locale in {"C", "POSIX"} else locale.replace("_", "-")


class Client:
    """Calls under `/api/v1` of one server, with one token. Raises ApiError."""

    def __init__(self, url: str, token: str | None, *, timeout_s: float = 60.0) -> None:
        import httpx

        headers = {"Accept-Language": reader_language()}
        if token:
            headers["Authorization"] = f"Bearer {token}"
        self.url = url
        try:
            self._http = httpx.Client(base_url=f"{url}/api/v1", headers=headers, timeout=timeout_s)
        except httpx.InvalidURL as error:
            raise ApiError(f"{url} is no address of a server ({error})") from error

    def close(self) -> None:
        """Close the connections."""
        self._http.close()

    def call(self, method: str, path: str, **options: Any) -> Json:
        """One call; the answer's JSON object."""
        answer = self._answer(method, path, **options)
        try:
            body: Json = answer.json() if answer.content else {}
        except ValueError as error:
            raise ApiError(f"{self.url} answers, but not as Shousi does") from error
        return body

    def created(self, method: str, path: str, **options: Any) -> tuple[Json, str]:
        """One call that makes something; the answer's JSON object, and where that is now."""
        answer = self._answer(method, path, **options)
        return answer.json(), answer.headers.get("Location", "")

    def seen(self, path: str, method: str = "GET", **options: Any) -> tuple[Json, str]:
        """The JSON object at `path`, and the ETag that a change of it sends as `If-Match`."""
        answer = self._answer(method, path, **options)
        # A proxy that changes answers may take the tag away; then any state may be changed.
        return answer.json(), answer.headers.get("ETag", "*")

    def text(self, path: str, **options: Any) -> str:
        """What stands at `path`, where that is no JSON."""
        return self._answer("GET", path, **options).text

    def content(self, path: str) -> bytes:
        """The file at `path`."""
        return self._answer("GET", path).content

    def download(self, path: str) -> Iterator[bytes]:
        """The file at `path`, piece by piece."""
        import httpx

        try:
            with self._http.stream("GET", path) as answer:
                if answer.is_error:
                    answer.read()
                    raise ApiError(explain(answer), answer.status_code)
                yield from answer.iter_bytes()
        except httpx.HTTPError as error:
            raise ApiError(f"{self.url} broke off: {error}") from error

    def _answer(self, method: str, path: str, **options: Any) -> httpx.Response:
        import httpx

        try:
            answer = self._http.request(method, path, **options)
        except httpx.HTTPError as error:
            raise ApiError(f"no answer from {self.url}: {error}. Is `make run` up?") from error
        if answer.is_error:
            raise ApiError(explain(answer), answer.status_code)
        return answer

    def send(self, slug: str, what: str, body: Json) -> Json:
        """POST a submission (`what` = `submissions`) or a run (`runs`)."""
        return self.call("POST", path_of("problems", slug, what), json=body)

    def submission(self, identifier: str, wait_s: int = 0) -> Json:
        """The submission as it is, or as it is after at most `wait_s` seconds when not done."""
        return self.call("GET", f"/submissions/{identifier}", params={"wait": wait_s})

    def events(self, identifier: str) -> Iterator[tuple[str, Json]]:
        """`stream` for a submission, until it is done."""
        return self.stream(f"/submissions/{identifier}/events")

    def stream(self, path: str, **options: Any) -> Iterator[tuple[str, Json]]:
        """(name, data) of each event until the stream ends or breaks."""
        import httpx

        try:
            with self._http.stream("GET", path, **options) as answer:
                if not answer.is_error:
                    yield from parse_events(answer.iter_lines())
        except (httpx.HTTPError, ValueError):
            return  # events are for show; the caller reads the result itself afterwards

    def streamed(self, method: str, path: str, **options: Any) -> Iterator[tuple[str, Json]]:
        """`stream` of a call that may be refused, which is an ApiError; a stream that breaks later
        only ends."""
        import httpx

        begun = False
        try:
            with self._http.stream(method, path, **options) as answer:
                if answer.is_error:
                    answer.read()
                    raise ApiError(explain(answer), answer.status_code)
                begun = True
                yield from parse_events(answer.iter_lines())
        except httpx.HTTPError as error:
            if not begun:
                raise ApiError(f"no answer from {self.url}: {error}. Is `make run` up?") from error


def parse_events(lines: Iterator[str]) -> Iterator[tuple[str, Json]]:
    """Server-sent events (WHATWG HTML, section 9.2) whose data is one JSON object."""
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
    """One line out of an error's problem+json."""
    try:
        problem = answer.json()
        detail = problem.get("detail") or problem.get("title") or answer.reason_phrase
        # What the detail says already is not said again.
        told = [e for e in problem.get("errors", []) if e.get("message") not in detail]
        fields = "; ".join(f"{e.get('field')}: {e.get('message')}" for e in told)
    except (ValueError, AttributeError):
        return f"{answer.status_code} {answer.reason_phrase} from {answer.url}"
    return f"{answer.status_code}: {detail}" + (f" ({fields})" if fields else "")
