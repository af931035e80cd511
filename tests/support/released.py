"""Writes a backup of a small service with users and submissions, made by the current release.

    python -m tests.support.released

The backup is `tests/integration/queue/released/VERSION.zip`. Run this once for each release, at its
tag: the tests of later releases restore these files and continue with them. It needs the same
rights as `make run`, and takes half a minute.
"""

import subprocess
import sys
import tempfile
from contextlib import ExitStack
from importlib.metadata import version
from pathlib import Path

import httpx

from tests.support.launched import PROJECT, SHOUSI, Launched, launch

BACKUPS = PROJECT / "tests/integration/queue/released"
PASSWORD = "correct horse battery"
FUNCTION, QUIZ = "tinyfunction", "tinyquiz"
_WAIT_S = 60


def main() -> None:
    """Start a new service, use it, and back it up."""
    file = BACKUPS / f"{version('shousi')}.zip"
    BACKUPS.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory() as folder, ExitStack() as stack:
        problems = Path(folder) / "problems"
        problems.mkdir()
        for slug, kind in ((FUNCTION, "function"), (QUIZ, "quiz")):
            new = [*SHOUSI, "problem", "new", slug, "--kind", kind]
            subprocess.run(new, cwd=problems, check=True, env={"PYTHONPATH": str(PROJECT)})
        home = Path(folder) / "home"
        service = launch(home, None, SHOUSI_PROBLEMS=str(problems), SHOUSI_GUESTS="true")
        stack.callback(service.stop)
        _use(service, problems)
        made = service.shousi("admin", "backup", str(file))
        assert made.returncode == 0, made.stderr
    sys.stdout.write(f"{file.relative_to(PROJECT)}: {file.stat().st_size} bytes\n")


def _use(service: Launched, problems: Path) -> None:
    """Fill the service: Ann owns a team with a practice set and a webhook; Bob is a member, with
    submissions, a draft and a submission that waits."""
    with ExitStack() as stack:
        admin = stack.enter_context(service.admin())
        ann, bob = (_signed_up(service, name, stack) for name in ("ann", "bob"))
        team = _made(ann.post("/teams", json={"name": "Tuesday group"}))["slug"]
        invite = _made(ann.post(f"/teams/{team}/invitations", json={}))["invite"]
        _made(bob.post(f"/teams/{team}/members", json={"invite": invite}))
        practice = {"name": "Week one", "problems": [FUNCTION, QUIZ]}
        _made(ann.post(f"/teams/{team}/sets", json=practice))
        hook = {"url": "https://hooks.example.org/shousi", "events": ["accepted"], "team": team}
        _made(ann.post("/webhooks", json=hook))
        for slug, language in ((FUNCTION, "python3"), (QUIZ, "answers")):
            for file in sorted((problems / slug / "submissions").glob("*/*")):
                _judged(ann, slug, language, file.read_text())
        right = next((problems / FUNCTION / "submissions/accepted").iterdir()).read_text()
        accepted = _judged(bob, FUNCTION, "python3", right)
        _judged(bob, FUNCTION, "python3", right, "runs")
        _made(admin.post(f"/submissions/{accepted}/rejudge"))
        _await(bob, accepted)
        bob.put(f"/problems/{FUNCTION}/drafts/python3", json={"source": right}).raise_for_status()
        paused = service.shousi("admin", "pause", "the release is made")
        assert paused.returncode == 0, paused.stderr
        _sent(bob, FUNCTION, "python3", right)


def _signed_up(service: Launched, name: str, stack: ExitStack) -> httpx.Client:
    who = {"name": name, "password": PASSWORD}
    client = stack.enter_context(httpx.Client(base_url=service.url, timeout=_WAIT_S))
    _made(client.post("/users", json=who))
    client.headers["Authorization"] = f"Bearer {_made(client.post('/tokens', json=who))['token']}"
    return client


def _made(answer: httpx.Response) -> dict[str, str]:
    assert answer.is_success, answer.text
    made: dict[str, str] = answer.json()
    return made


def _sent(
    client: httpx.Client, slug: str, language: str, source: str, to: str = "submissions"
) -> str:
    body = {"language": language, "source": source}
    return _made(client.post(f"/problems/{slug}/{to}", json=body))["id"]


def _judged(
    client: httpx.Client, slug: str, language: str, source: str, to: str = "submissions"
) -> str:
    return _await(client, _sent(client, slug, language, source, to))


def _await(client: httpx.Client, id: str) -> str:
    view = _made(client.get(f"/submissions/{id}", params={"wait": _WAIT_S}))
    assert view["state"] == "done", view
    return id


if __name__ == "__main__":
    main()
