"""Judging again, looking at what would change, and only then letting it count."""

from typing import Any

import pytest

from tests.integration.api.service import Account, Service
from tests.integration.uploads.sending import done, package, sent, verdict_of
from tests.support.stack import wait_until

ABSOLUTE = "def total(numbers):\n    return abs(sum(numbers))\n"
RIGHT = "def total(numbers):\n    return sum(numbers)\n"
SEES_THE_SIGN = (
    "submissions/wrong_answer/absolute.py",
    "data/secret/02-negative.in",
    "data/secret/02-negative.ans",
)


@pytest.fixture
def judged(working: Service, boss: Account, ada: Account, request: pytest.FixtureRequest) -> Any:
    """(slug, a submission that only version 1 accepts, one that is right)."""
    slug = request.node.name.replace("_", "")[:60]
    assert done(boss, sent(boss, package(slug, dict.fromkeys(SEES_THE_SIGN))))["version"] == 1
    ids = [str(verdict_of(ada, slug, source)["id"]) for source in (ABSOLUTE, RIGHT)]
    assert done(boss, sent(boss, package(slug)))["version"] == 2
    return slug, *ids


def ready(boss: Account, slug: str) -> tuple[str, dict[str, Any]]:
    """A preview, once all of it is judged."""
    answer = boss.http.post(f"/problems/{slug}/rejudge", params={"preview": 1})
    assert (answer.status_code, answer.json()) == (202, {"queued": 2})
    path = answer.headers["Location"].removeprefix("/api/v1")
    wait_until(lambda: boss.http.get(path).json()["state"] == "ready", "the preview")
    return path, boss.http.get(path).json()


def test_a_preview_counts_once_it_is_applied(judged: Any, boss: Account, ada: Account) -> None:
    slug, changes, stays = judged
    path, report = ready(boss, slug)
    assert (report["problem"], report["version"], report["total"]) == (slug, 2, 2)
    assert (report["done"], report["stale"], report["applied_at"]) == (2, 0, None)
    assert report["changes"] == [
        {
            "submission": changes,
            "user": ada.name,
            "language": "python3",
            "before": "AC",
            "before_version": 1,
            "after": "WA",
            "first_test": "secret/02-negative",
        }
    ]
    assert (report["from_version"], report["user"]) == (1, boss.name)
    # The other submission is right under both versions: the score stays.
    assert (report["num_board_changes"], report["board_changes"]) == (0, [])
    assert report["counts"] == [
        {"before": "AC", "after": "AC", "count": 1},
        {"before": "AC", "after": "WA", "count": 1},
    ]
    before = ada.http.get(f"/submissions/{changes}").json()
    assert (before["verdict"], before["version"]) == ("AC", 1)
    applied = boss.http.post(f"{path}/apply")
    assert (applied.status_code, applied.json()["state"]) == (200, "applied")
    after = ada.http.get(f"/submissions/{changes}").json()
    assert (after["verdict"], after["version"]) == ("WA", 2)
    assert ada.http.get(f"/submissions/{stays}").json()["verdict"] == "AC"
    again = boss.http.post(f"{path}/apply").json()
    assert again["applied_at"] == applied.json()["applied_at"]


def test_what_was_judged_again_meanwhile_is_left_alone(
    judged: Any, boss: Account, ada: Account
) -> None:
    slug, changes, _ = judged
    path, _ = ready(boss, slug)
    boss.http.post(f"/submissions/{changes}/rejudge")
    wait_until(lambda: ada.http.get(f"/submissions/{changes}").json()["version"] == 2, "a verdict")
    mine = ada.http.get(f"/submissions/{changes}", params={"wait": 30}).json()
    report = boss.http.post(f"{path}/apply").json()
    assert (report["state"], report["stale"]) == ("applied", 1)
    kept = ada.http.get(f"/submissions/{changes}").json()
    assert kept["finished_at"] == mine["finished_at"]
