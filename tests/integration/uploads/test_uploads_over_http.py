"""From a package on an admin's disk to a problem that strangers solve."""

import pytest

from tests.integration.api.service import Account, Service
from tests.integration.uploads.sending import done, events_of, package, send, sent, verdict_of

ABSOLUTE = "def total(numbers):\n    return abs(sum(numbers))\n"
RIGHT = "def total(numbers):\n    return sum(numbers)\n"
SEES_THE_SIGN = (
    "submissions/wrong_answer/absolute.py",
    "data/secret/02-negative.in",
    "data/secret/02-negative.ans",
)
MISTAKES = """
kind: function
entry: total
languages: [python3, cpp]
mistakes:
  first_only.py: {en: Only the first number counts., zh: 只算了第一个数。}
"""


def test_a_sound_package_is_published_and_can_be_solved(
    working: Service, boss: Account, ada: Account
) -> None:
    answer = send(boss, package("published", {"judge.yaml": MISTAKES}))
    assert (answer.status_code, answer.json()["state"]) == (202, "checking")
    assert answer.headers["Location"] == f"/api/v1/uploads/{answer.json()['id']}"
    report = done(boss, f"/uploads/{answer.json()['id']}")
    assert (report["state"], report["problem"], report["version"]) == ("published", "published", 1)
    assert report["errors"] == []
    by_path = {one["path"]: one for one in report["submissions"]}
    assert len(by_path) == 5
    first_only = by_path["submissions/wrong_answer/first_only.py"]
    assert (first_only["expected"], first_only["verdict"]) == (["WA"], "WA")
    assert first_only["diagnosis"] == "Only the first number counts."
    assert by_path["submissions/accepted/plain.py"]["diagnosis"] is None
    assert verdict_of(ada, "published", RIGHT)["verdict"] == "AC"


def test_a_submission_that_fails_as_a_known_mistake_is_told_so(
    working: Service, boss: Account, ada: Account
) -> None:
    done(boss, sent(boss, package("diagnosed", {"judge.yaml": MISTAKES})))
    again = "def total(xs):\n    for x in xs:\n        return x\n    return 0\n"
    found = verdict_of(ada, "diagnosed", again)
    assert (found["verdict"], found["diagnosis"]) == ("WA", "Only the first number counts.")
    assert found["message"].startswith("sample/1: ")
    in_chinese = ada.http.get(f"/submissions/{found['id']}", headers={"Accept-Language": "zh-CN"})
    assert in_chinese.json()["diagnosis"] == "只算了第一个数。"
    other = "def total(numbers):\n    return sum(numbers) + len(numbers)\n"
    assert verdict_of(ada, "diagnosed", other)["diagnosis"] is None
    assert verdict_of(ada, "diagnosed", "def total(numbers):\n    return 0\n")["diagnosis"] is None


@pytest.mark.parametrize("dry_run", [True, False])
def test_a_mutant_that_no_test_sees_refuses_the_package(
    working: Service, boss: Account, dry_run: bool
) -> None:
    archive = package("unseen", {"submissions/wrong_answer/not_wrong.py": RIGHT})
    report = done(boss, sent(boss, archive, dry_run=int(dry_run)))
    assert (report["state"], report["version"]) == ("refused", None)
    assert report["errors"] == [
        {
            "file": "submissions/wrong_answer/not_wrong.py",
            "line": None,
            "message": "AC, WA expected: no test sees what is wrong",
        }
    ]
    assert boss.http.get("/problems/unseen").status_code == 404


def test_a_dry_run_publishes_nothing(working: Service, boss: Account) -> None:
    report = done(boss, sent(boss, package("rehearsed"), dry_run=1))
    assert (report["state"], report["problem"], report["version"]) == ("checked", "rehearsed", None)
    assert (report["total_submissions"], report["becomes_version"]) == (5, 1)
    assert boss.http.get("/problems/rehearsed").status_code == 404


def test_a_checked_dry_run_is_published_once(working: Service, boss: Account) -> None:
    path = sent(boss, package("later"), dry_run=1)
    assert done(boss, path)["state"] == "checked"
    answer = boss.http.post(f"{path}/publish")
    assert (answer.status_code, answer.json()["state"]) == (202, "checking")
    report = done(boss, answer.headers["Location"].removeprefix("/api/v1"))
    assert (report["state"], report["version"], report["dry_run"]) == ("published", 1, False)
    again = boss.http.post(f"{path}/publish")
    assert (again.status_code, "no longer kept" in again.json()["detail"]) == (409, True)
    versions = boss.http.get("/admin/problems/later/versions").json()["items"]
    assert [(one["number"], one["user"]) for one in versions] == [(1, boss.name)]


def test_complaints_name_file_and_line(working: Service, boss: Account) -> None:
    wrong = "kind: function\nentry: total\nlanguages: [python3]\nnonsense: 1\n"
    report = done(boss, sent(boss, package("complained", {"judge.yaml": wrong})))
    (error,) = report["errors"]
    assert (report["state"], error["file"], error["line"]) == ("refused", "judge.yaml", 4)
    assert (report["total_submissions"], report["becomes_version"]) == (None, None)
    assert "nonsense" in error["message"]


def test_the_check_can_be_followed(working: Service, boss: Account) -> None:
    path = sent(boss, package("followed"))
    events = events_of(boss, path)
    kinds = [event.kind for event in events if event.kind != "progress"]
    assert kinds[:4] == ["snapshot", "queued", "checking", "package"]
    assert kinds[4:] == ["submission"] * 5 + ["done"]
    assert events[-1].data["state"] == "published"
    ids = [int(event.id or "") for event in events[1:]]
    assert ids == sorted(set(ids))
    again = events_of(boss, path)
    assert [int(event.id or "") for event in again[1:]] == ids


def test_a_new_version_leaves_old_verdicts_alone(
    working: Service, boss: Account, ada: Account
) -> None:
    weaker = package("grows", dict.fromkeys(SEES_THE_SIGN))
    first = done(boss, sent(boss, weaker))
    assert first["version"] == 1
    accepted = verdict_of(ada, "grows", ABSOLUTE)
    assert (accepted["verdict"], accepted["version"]) == ("AC", 1)
    assert done(boss, sent(boss, package("grows")))["version"] == 2
    kept = ada.http.get(f"/submissions/{accepted['id']}").json()
    assert (kept["verdict"], kept["version"]) == ("AC", 1)
    judged = verdict_of(ada, "grows", ABSOLUTE)
    assert (judged["verdict"], judged["version"]) == ("WA", 2)
    same = done(boss, sent(boss, package("grows")))
    assert (same["state"], same["version"]) == ("published", 2)


def test_uploads_are_listed_newest_first(working: Service, boss: Account) -> None:
    paths = [sent(boss, package("listed"), dry_run=1) for _ in range(2)]
    page = boss.http.get("/uploads", params={"limit": 1}).json()
    assert f"/uploads/{page['items'][0]['id']}" == paths[1]
    following = boss.http.get("/uploads", params={"limit": 1, "cursor": page["next"]}).json()
    assert f"/uploads/{following['items'][0]['id']}" == paths[0]
    done(boss, paths[1])
