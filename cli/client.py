"""The CLI's client of the HTTP API: every failure is an ApiError.

httpx takes 0.15 s to load, so the functions that need it import it: commands that call no server
don't wait for it.
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
# Files that the launcher writes into its home for the CLI on the same machine.
LOCAL_TOKEN = "admin-token"  # noqa: S105 - not a secret
LOCAL_URL = "url"


class ApiError(Exception):
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
        return (home / LOCAL_URL).read_text().strip()
    except OSError:
        return "http://127.0.0.1:8000"


def stored_credentials() -> dict[str, str]:
    """Return the tokens that `shousi login` stored, by server URL."""
    try:
        stored = json.loads(CREDENTIALS.expanduser().read_text())
        return {str(url): str(token) for url, token in stored.items()}
    except FileNotFoundError:
        return {}
    except (OSError, ValueError, AttributeError) as error:
        raise ApiError(f"{CREDENTIALS} can't be read ({error}); log in again") from error


def store_credentials(url: str, token: str) -> Path:
    """Store a token for `url` in a file that only its owner may read."""
    path = CREDENTIALS.expanduser()
    write_private(path, {**stored_credentials(), url: token})
    return path


def forget_credentials(url: str) -> None:
    """Delete the stored token for `url`."""
    kept = {each: token for each, token in stored_credentials().items() if each != url}
    write_private(CREDENTIALS.expanduser(), kept)


def write_private(path: Path, values: dict[str, str]) -> None:
    """Write `values` as JSON into a file that only its owner may read."""
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    # A new private file is renamed over the old one, so the old one's mode doesn't matter and an
    # interruption loses no values.
    with NamedTemporaryFile("w", dir=path.parent, prefix=path.name, delete=False) as sink:
        json.dump(values, sink, indent=2)
    Path(sink.name).replace(path)


def find_token(url: str, home: Path) -> str | None:
    """Return SHOUSI_TOKEN, else the token that `shousi login` stored, else the one that `make run`
    wrote into `home`, if `url` is a server on this machine."""
    if token := os.environ.get("SHOUSI_TOKEN"):
        return token
    if token := stored_credentials().get(url):
        return token
    local = home / LOCAL_TOKEN
    import httpx

    try:
        host = httpx.URL(url).host
    except httpx.InvalidURL:
        return None  # Client raises the error for it
    # Never send the local admin's token to another machine.
    if host in {"127.0.0.1", "localhost", "::1"} and os.access(local, os.R_OK):
        return local.read_text().strip()
    return None


def reader_language() -> str:
    """Return the terminal's language as a tag (`zh_CN.UTF-8` is `zh-CN`), English if unset."""
    names = (os.environ.get(name) for name in ("LC_ALL", "LC_MESSAGES", "LANG"))
    locale = next((name for name in names if name), "en").partition(".")[0]
    return "en" if locale in {"C", "POSIX"} else locale.replace("_", "-")


class Client:
    """Calls the API of one server (`/api/v1`) with one token. Raises ApiError."""

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
        """Send a request; return the answer's JSON object."""
        answer = self._answer(method, path, **options)
        try:
            body: Json = answer.json() if answer.content else {}
        except ValueError as error:
            raise ApiError(f"{self.url} answers, but not as Shousi does") from error
        return body

    def created(self, method: str, path: str, **options: Any) -> tuple[Json, str]:
        """Send a request that creates a resource; return the answer's JSON object and Location."""
        answer = self._answer(method, path, **options)
        return answer.json(), answer.headers.get("Location", "")

    def seen(self, path: str, method: str = "GET", **options: Any) -> tuple[Json, str]:
        """Return the JSON object at `path` and its ETag, for the `If-Match` of a later change."""
        answer = self._answer(method, path, **options)
        # A proxy may remove the ETag; `*` then matches any state.
        return answer.json(), answer.headers.get("ETag", "*")

    def text(self, path: str, **options: Any) -> str:
        """Return the answer for `path` as text, for answers that aren't JSON."""
        return self._answer("GET", path, **options).text

    def content(self, path: str) -> bytes:
        """Return the file at `path`."""
        return self._answer("GET", path).content

    def download(self, path: str) -> Iterator[bytes]:
        """Yield the file at `path`, piece by piece."""
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
        """Return a submission; if it isn't done, the server waits up to `wait_s` seconds for it."""
        return self.call("GET", f"/submissions/{identifier}", params={"wait": wait_s})

    def events(self, identifier: str) -> Iterator[tuple[str, Json]]:
        """Yield the events of a submission until it is done, as `stream` does."""
        return self.stream(f"/submissions/{identifier}/events")

    def stream(self, path: str, **options: Any) -> Iterator[tuple[str, Json]]:
        """Yield (name, data) of each event until the stream ends or breaks."""
        import httpx

        try:
            with self._http.stream("GET", path, **options) as answer:
                if not answer.is_error:
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
                if answer.is_error:
                    answer.read()
                    raise ApiError(explain(answer), answer.status_code)
                begun = True
                yield from parse_events(answer.iter_lines())
        except httpx.HTTPError as error:
            if not begun:
                raise ApiError(f"no answer from {self.url}: {error}. Is `make run` up?") from error


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
        detail = problem.get("detail") or problem.get("title") or answer.reason_phrase
        # Leave out messages that the detail already contains.
        told = [e for e in problem.get("errors", []) if e.get("message") not in detail]
        fields = "; ".join(f"{e.get('field')}: {e.get('message')}" for e in told)
    except (ValueError, AttributeError):
        return f"{answer.status_code} {answer.reason_phrase} from {answer.url}"
    return f"{answer.status_code}: {detail}" + (f" ({fields})" if fields else "")
