"""schemathesis over the whole OpenAPI document: no 5xx, and no answer that it does not describe.

Three runs with a fixed seed against a real server: without a token and with made-up ids, then as
a user and, where admins may do more, as an admin, for whom the ids in paths are those of things
that exist.
"""

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from cli.launcher.broker import EmbeddedValkey
from judge.submissions.batches import Source, read_batch, send_batch
from judge.teams import invitations, membership, practice
from judge.teams.practice import PracticePlan
from judge.webhooks import hooks
from judge.webhooks.hooks import EventKind, HookPlan
from tests.integration.api.service import Account, Service, prepared, running
from tests.support.content import set_aside
from tests.support.databases import settings_of

# The server runs in this process: measuring coverage would make it even slower, and tells little.
pytestmark = pytest.mark.no_cover

SEED = "20260221"
CASES = "4"
CHECKS = ",".join(
    (
        "not_a_server_error",
        "status_code_conformance",
        "content_type_conformance",
        "response_headers_conformance",
        "response_schema_conformance",
    )
)
OFTEN = "1000000/minute"
# A board's stream never ends by itself.
ENDLESS = ("streamLeaderboard", "streamTeamLeaderboard", "streamTeamEvents")
# Routes that answer an admin differently than a user.
ADMINS_PATHS = "/(admin|problems|rejudges|submissions|teams|uploads)"
# Signing out would end the token that later requests need. The stream of a new batch and an admin's
# streams may never end: no worker runs here to judge or to check uploads.
LEFT_OUT = {
    "user": ("deleteSession", "createBatch", *ENDLESS),
    "admin": ("deleteSession", "streamUploadEvents", "streamSubmissionEvents", *ENDLESS),
}


@pytest.fixture
def service(tmp_path: Path) -> Iterator[Service]:
    """A service without tight rate limits."""
    rates = ("sign_in", "sign_in_address", "sign_up", "submit", "submit_address")
    often: dict[str, Any] = {f"limit_{rate}": OFTEN for rate in rates}
    settings = settings_of(tmp_path, log_level="error", max_pending=100_000, **often)
    with EmbeddedValkey(tmp_path):
        prepared(settings)
        with running(settings) as (_, url):
            service = Service(settings, url)
            yield service
            service.close()


def existing(service: Service, who: Account) -> dict[str, dict[str, str]]:
    """Return by path the values of its parameters for requests that read or add."""
    judged = who.submitted()
    service.judge(judged)
    batch, _ = send_batch(service.db, who.id, "maxsubarray", [Source("python3", "pass")])
    sent = read_batch(service.db, batch)
    assert sent is not None
    for _, one in sent.items:
        service.judge(one.id)
    team = membership.create_team(service.db, who.id, "Finders")
    mate = service.account()
    word, _ = invitations.invite_to_team(service.db, team, by=who.id)
    invitations.join_team(service.db, team.slug, mate.id, word)
    plan = PracticePlan("Week 1", ("maxsubarray",))
    made = practice.create_practice(service.db, team, plan, by=who.id)
    of_team = {"slug": team.slug}
    told = HookPlan("https://hooks.invalid/", [EventKind.ACCEPTED])
    _, hook = hooks.create_hook(service.db, who.id, told)
    return {
        "/errors/{name}": {"name": "invalid"},
        "/users/{name}": {"name": who.name},
        "/admin/users/{name}": {"name": mate.name},
        "/problems/{slug}": {"slug": "maxsubarray"},
        "/problems/{slug}/leaderboard": {"slug": "maxsubarray"},
        "/problems/{slug}/submissions": {"slug": "longestsubarray"},
        "/problems/{slug}/runs": {"slug": "longestsubarray"},
        "/problems/{slug}/rejudge": {"slug": "longestsubarray"},
        "/submissions/{id}": {"id": judged},
        "/submissions/{id}/events": {"id": judged},
        "/batches/{id}": {"id": batch},
        "/batches/{id}/events": {"id": batch},
        "/webhooks/{id}": {"id": hook.id},
        "/webhooks/{id}/test": {"id": hook.id},
        "/webhooks/{id}/deliveries": {"id": hook.id},
        "/webhooks/{id}/deliveries/{delivery}/resend": {
            "id": hook.id,
            "delivery": set_aside(service.db, who.id, hook.id),
        },
        "/teams/{slug}": of_team,
        "/teams/{slug}/members": of_team,
        "/teams/{slug}/invitations": of_team,
        "/teams/{slug}/leaderboard": of_team,
        "/teams/{slug}/sets": of_team,
        "/teams/{slug}/sets/{id}": {**of_team, "id": made.id},
    }


def configuration(known: dict[str, dict[str, str]]) -> str:
    """schemathesis.toml: these parameters, but none for what would delete the thing itself."""
    lines = []
    for path, values in known.items():
        lines += ["[[operations]]", f"include-path = '/api/v1{path}'", "exclude-method = 'DELETE'"]
        lines += ["[operations.parameters]"]
        lines += [f"'path.{name}' = '{value}'" for name, value in values.items()]
        if path == "/submissions/{id}":
            # After an admin's case has had the submission rejudged, a long poll waits for half a
            # minute.
            lines += ["'query.wait' = 1"]
    return "\n".join(lines)


def fuzz(service: Service, folder: Path, phases: str, *options: str) -> None:
    """Run schemathesis; its report is in the failure."""
    command = [sys.executable, "-m", "schemathesis.cli", "run", *options]
    command += ["--phases", phases, "--max-examples", CASES, "--seed", SEED]
    command += ["--checks", CHECKS, "--continue-on-failure", "--no-shrink", "--no-color"]
    # From a file: it waits no more than ten seconds for an answer that is slow on a busy machine.
    schema = folder / "openapi.json"
    schema.write_bytes(httpx.get(f"{service.url}/api/v1/openapi.json", timeout=60).content)
    command += [str(schema), "--url", service.url]
    environment = {**os.environ, "COLUMNS": "100"}
    done = subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr
    assert " passed" in done.stdout


def test_nothing_unforeseen_is_answered_without_a_token(service: Service, tmp_path: Path) -> None:
    without = [word for name in ENDLESS for word in ("--exclude-operation-id", name)]
    # Most answers are 401 for any request: the run as a user covers every schema.
    fuzz(service, tmp_path, "examples,fuzzing", *without)


@pytest.mark.parametrize("role", ["user", "admin"])
def test_nothing_unforeseen_is_answered_to(service: Service, tmp_path: Path, role: str) -> None:
    who = service.account(role)
    (tmp_path / "schemathesis.toml").write_text(configuration(existing(service, who)))
    token = f"Authorization: {who.http.headers['Authorization']}"
    without = [word for name in LEFT_OUT[role] for word in ("--exclude-operation-id", name)]
    only = ["--include-path-regex", ADMINS_PATHS] if role == "admin" else []
    fuzz(service, tmp_path, "examples,coverage,fuzzing", "--header", token, *without, *only)
