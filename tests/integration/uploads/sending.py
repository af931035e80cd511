"""Packages to upload, and helpers that read their reports."""

import io
import zipfile
from collections.abc import Mapping
from typing import Any

import httpx
from sqlalchemy import func, select

from judge.db.session import Database
from judge.uploads.outcome import replay
from tests.integration.api.service import Account, SseEvent, read_stream
from tests.packages.data import OWN_PROBLEMS
from tests.support.stack import wait_until

SUM = OWN_PROBLEMS / "sumfunction"


def package(slug: str, changed: Mapping[str, str | None] | None = None) -> bytes:
    """The package `sumfunction` as an archive, under another name and with other files."""
    files = {
        path.relative_to(SUM).as_posix(): path.read_text()
        for path in sorted(SUM.rglob("*"))
        if path.is_file() and "__pycache__" not in path.parts
    }
    archive = io.BytesIO()
    with zipfile.ZipFile(archive, "w", zipfile.ZIP_DEFLATED) as opened:
        for name, text in {**files, **(changed or {})}.items():
            if text is not None:
                opened.writestr(f"{slug}/{name}", text)
    return archive.getvalue()


def send(account: Account, archive: bytes, **parameters: Any) -> httpx.Response:
    """POST the archive."""
    files = {"package": ("package.zip", archive, "application/zip")}
    return account.http.post("/problems", files=files, params=parameters)


def sent(account: Account, archive: bytes, **parameters: Any) -> str:
    """The path of a new upload, under /api/v1."""
    answer = send(account, archive, **parameters)
    assert answer.status_code == 202, answer.text
    return f"/uploads/{answer.json()['id']}"


def done(account: Account, path: str) -> dict[str, Any]:
    """The upload's report, once there is one."""
    wait_until(lambda: account.http.get(path).json()["state"] != "checking", "a report", 120)
    report: dict[str, Any] = account.http.get(path).json()
    return report


def events_of(account: Account, path: str) -> list[SseEvent]:
    """All events of an upload's stream."""
    with account.http.stream("GET", f"{path}/events") as response:
        assert response.status_code == 200
        return [event for event in read_stream(response) if isinstance(event, SseEvent)]


def verdict_of(account: Account, slug: str, source: str) -> dict[str, Any]:
    """Return the verdict of a submission."""
    answer = account.submit(slug, source=source)
    assert answer.status_code == 202, answer.text
    path = f"/submissions/{answer.json()['id']}"
    found: dict[str, Any] = account.http.get(path, params={"wait": 30}).json()
    assert found["state"] == "done"
    return found


def slow(number: int) -> dict[str, str]:
    """Return this many more accepted submissions, each of which takes a second for all tests
    together.
    """
    source = "import time\n\ndef total(numbers):\n    time.sleep(0.25)\n    return sum(numbers)\n"
    return {f"submissions/accepted/slow{index}.py": source for index in range(number)}


def kinds_of(db: Database, path: str) -> list[str]:
    """The kinds of an upload's events so far, mere progress left out."""
    events = replay(db, path.removeprefix("/uploads/"))
    return [event.kind for event in events if event.kind != "progress"]


def count(db: Database, model: type[object]) -> int:
    """How many rows there are."""
    with db.read() as session:
        return session.scalar(select(func.count()).select_from(model)) or 0
