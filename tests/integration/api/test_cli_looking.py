"""The commands for a user's submissions, tokens and profile, and those for admins, against a real
API.
"""

import stat
import zipfile
from dataclasses import replace
from pathlib import Path

import pytest

from judge import leases
from judge.accounts import users
from judge.db import models
from judge.submissions import lifecycle as submissions
from judge.verdict import Verdict
from tests.integration.api.service import SOURCE, Account, Service, add_problem, judged
from tests.integration.api.terminal import Terminal

PASSWORD = "correct horse battery"


@pytest.fixture
def terminal(service: Service, ada: Account, monkeypatch: pytest.MonkeyPatch) -> Terminal:
    return Terminal(service, ada, monkeypatch)


@pytest.fixture
def admin(service: Service, boss: Account, monkeypatch: pytest.MonkeyPatch) -> Terminal:
    return Terminal(service, boss, monkeypatch)


def test_submissions_are_listed_and_shown(
    service: Service, ada: Account, eve: Account, terminal: Terminal
) -> None:
    assert terminal.run("show").exit_code == 2
    wrong, right, waiting = (ada.submitted() for _ in range(3))
    service.judge(wrong, Verdict.WA)
    service.judge(right)
    service.judge(eve.submitted())
    listed = [one["id"] for one in terminal.told("submissions")]
    assert listed == [waiting, right, wrong]
    assert [one["id"] for one in terminal.told("submissions", "--verdict", "WA")] == [wrong]
    assert len(terminal.told("submissions", "--limit", "2")) == 2
    assert terminal.told("submissions", "--language", "cpp") == []
    said = terminal.said("submissions", "--problem", "maxsubarray")
    assert all(one in said for one in (wrong, right, waiting, "queued"))
    assert terminal.said("show").startswith("queued")
    assert "accepted" in terminal.said("show", right)
    assert "can't be told apart" in terminal.said("show", right)
    assert terminal.said("show", wrong, "--source") == SOURCE
    assert terminal.told("show", wrong)["verdict"] == "WA"
    assert terminal.run("show", "../users/me").exit_code == 2


def test_problems_are_filtered_and_say_how_far_one_is(
    service: Service, ada: Account, terminal: Terminal
) -> None:
    service.judge(ada.submitted())
    assert [one["slug"] for one in terminal.told("problems", "--state", "solved")] == [
        "maxsubarray"
    ]
    assert "AC" in terminal.said("problems", "--find", "maxsub")
    assert terminal.told("problems", "--kind", "torch", "--tag", "nothing") == []


def test_a_profile_is_shown(
    service: Service, ada: Account, eve: Account, terminal: Terminal
) -> None:
    service.judge(ada.submitted())
    assert terminal.told("profile")["name"] == ada.name
    said = terminal.said("profile")
    assert "solved 1" in said
    assert "maxsubarray" in said
    assert terminal.told("profile", eve.name)["num_solved"] == 0


def test_the_mistakes_that_one_was_told_are_listed_to_oneself(
    service: Service, ada: Account, eve: Account, terminal: Terminal
) -> None:
    assert terminal.told("mistakes") == []
    line = {"en": "The array may be empty.", "zh": "数组可能为空。"}
    first, again = (ada.submitted() for _ in range(2))
    for id in (first, again):
        result = replace(judged(Verdict.WA), diagnosis=line)
        assert submissions.finish(service.db, service.claim(id), result)
    (told,) = terminal.told("mistakes")
    assert (told["problem"], told["submission"]) == ("maxsubarray", again)
    assert (told["num_told"], told["solved_since"]) == (2, False)
    assert "The array may be empty." in terminal.said("mistakes")
    service.judge(ada.submitted())
    answer = ada.http.get("/users/me/mistakes", params={"lang": "zh"}).json()
    assert [(one["line"], one["solved_since"]) for one in answer["items"]] == [(line["zh"], True)]
    assert eve.http.get("/users/me/mistakes").json() == {"items": []}


def test_two_sources_are_compared(ada: Account, terminal: Terminal) -> None:
    first = ada.submitted()
    second = ada.submit(source=f"{SOURCE}# once more\n").json()["id"]
    assert terminal.said("show", second, "--compare", first).splitlines()[-1] == "+# once more"
    assert terminal.said("show", first, "--compare", first) == ""
    refused = terminal.run("show", second, "--compare", first, "--json")
    assert (refused.exit_code, "leave out --json" in refused.output) == (2, True)


def test_tokens_are_made_listed_and_revoked(
    service: Service, monkeypatch: pytest.MonkeyPatch
) -> None:
    user = users.create_user(service.db, "Tokenia", PASSWORD)
    secret, _ = users.issue_token(service.db, user.id)
    terminal = Terminal(service, Account(user.name, user.id, service.client(secret)), monkeypatch)
    typed = terminal.run("token", "create", "laptop", "--scope", "read", typed=f"{PASSWORD}\n")
    assert typed.exit_code == 0, typed.output
    made = service.client(typed.stdout.splitlines()[-1]).get("/users/me").json()
    assert (made["name"], made["scopes"]) == ("Tokenia", ["read"])
    (laptop,) = [one for one in terminal.told("token", "list") if one["label"] == "laptop"]
    assert laptop["id"] in terminal.said("token", "list")
    terminal.said("token", "revoke", laptop["id"])
    assert laptop["id"] not in terminal.said("token", "list")
    new = "staple battery horse"
    changed = terminal.run("password", typed=f"{PASSWORD}\n{new}\n{new}\n")
    assert changed.exit_code == 0, changed.output
    assert terminal.run("password", typed=f"{PASSWORD}\n{new}\n{new}\n").exit_code == 2


def test_people_are_administered(service: Service, admin: Terminal, eve: Account) -> None:
    assert eve.name in admin.said("admin", "users")

    def state() -> tuple[str, bool]:
        (found,) = [one for one in admin.told("admin", "users") if one["name"] == eve.name]
        return found["role"], found["banned_at"] is not None

    admin.said("admin", "ban", eve.name)
    assert state() == ("user", True)
    admin.said("admin", "unban", eve.name)
    admin.said("admin", "role", eve.name, "admin")
    assert state() == ("admin", False)
    assert admin.run("admin", "role", eve.name, "king").exit_code == 2
    made = admin.told("admin", "invite", "--uses", "3")
    assert made["id"] in admin.said("admin", "invitations")
    admin.said("admin", "revoke-invitation", made["id"])
    assert made["id"] not in admin.said("admin", "invitations")
    assert service.url in admin.said("admin", "invite")
    assert "changeUser" in admin.said("admin", "log")


def test_what_an_admin_looks_at_is_for_admins(terminal: Terminal) -> None:
    alone = ("users", "queue", "workers", "log", "problems", "rejudges", "queue-history")
    by_hand = (("drain", "w"), ("retry", "x"), ("cancel", "x"), ("trace", "x"))
    of_one = (("upload", "x"), ("rejudge-one", "x"))
    for words in (*((word,) for word in (*alone, "pause", "resume")), *by_hand, *of_one):
        assert terminal.run("admin", *words).exit_code == 2


def test_queues_workers_and_problems_are_administered(service: Service, admin: Terminal) -> None:
    add_problem(service.db, "passing")
    assert {one["queue"] for one in admin.told("admin", "queue")} >= {"interactive"}
    assert "interactive" in admin.said("admin", "queue")
    assert len(admin.told("admin", "queue-history", "--minutes", "3")["items"]) == 3
    assert "judged; JE since midnight" in admin.said("admin", "queue-history")
    assert "alive" in admin.said("admin", "workers", "--silent")
    admin.said("admin", "withdraw", "passing")
    assert service.http.get("/problems/passing").status_code == 404
    assert "passing" in admin.said("admin", "problems")
    admin.said("admin", "bring-back", "passing")
    assert service.http.get("/problems/passing").status_code == 200
    assert [one["number"] for one in admin.told("admin", "versions", "passing")] == [1]
    admin.said("admin", "withdraw", "passing")


def test_judging_is_held_back_and_goes_on(
    service: Service, admin: Terminal, terminal: Terminal, eve: Account
) -> None:
    paused = admin.told("admin", "pause", "The disk is changed.")
    assert (paused["paused"], paused["reason"]) == (True, "The disk is changed.")
    try:
        assert "judging is paused since" in admin.said("admin", "queue")
        ready = service.root.get("/readyz").json()
        assert ready["ready"]
        assert ready["parts"]["judging"]["detail"].endswith(": The disk is changed.")
        waiting = eve.http.get(f"/submissions/{eve.submitted()}").json()
        assert (waiting["state"], waiting["paused"]) == ("queued", True)
    finally:
        admin.said("admin", "resume")
    assert "paused" not in admin.said("admin", "queue")
    assert "can be stopped" in admin.said("admin", "drain", "w")
    assert [one["drained"] for one in admin.told("admin", "workers")] == [True]
    admin.said("admin", "drain", "w", "--undo")
    assert "alive" in admin.said("admin", "workers")


def test_a_stuck_submission_is_seen_to(service: Service, admin: Terminal, eve: Account) -> None:
    sent = eve.submitted()
    lost = service.claim(sent)
    assert admin.told("admin", "retry", sent) == {"queued": 1}
    assert not leases.renew(service.db, lost.lease, 5)
    admin.said("admin", "cancel", sent)
    again = admin.run("admin", "cancel", sent)
    assert (again.exit_code, "nothing to cancel" in again.stderr) == (2, True)
    steps = [one["step"] for one in admin.told("admin", "trace", sent)["steps"]]
    assert steps[0] == "accepted"
    assert set(steps) == {"accepted", "queued", "hinted", "claimed", "failed", "finished"}
    shown = admin.said("admin", "trace", sent)
    assert "an admin had it judged anew (0 tests judged)" in shown
    assert "JE" in shown


def test_a_rejudge_is_looked_at_and_applied(
    service: Service, admin: Terminal, ada: Account
) -> None:
    add_problem(service.db, "again")
    sent = ada.submitted("again")
    service.judge(sent, Verdict.WA)
    begun = admin.told("admin", "rejudge", "again")
    assert begun["queued"] == 1
    identifier = begun["rejudge"]
    assert identifier in admin.said("admin", "rejudges")
    assert "0 of 1 judged" in admin.said("admin", "rejudged", identifier)
    assert admin.run("admin", "apply", identifier).exit_code == 2
    admin.said("admin", "drop", identifier)
    assert admin.run("admin", "rejudged", identifier).exit_code == 2
    assert admin.told("admin", "rejudge", "again", "--at-once") == {"queued": 1, "rejudge": None}
    service.judge(sent, Verdict.WA)
    assert admin.told("admin", "rejudge-one", sent) == {"queued": 1}
    assert admin.said("show", sent).startswith("queued")
    service.judge(sent)
    assert f"shousi show {sent}" in admin.said("admin", "rejudge-one", sent)
    service.judge(sent)
    assert admin.told("show", sent)["verdict"] == "AC"
    assert admin.run("admin", "rejudge-one", "nothing").exit_code == 2
    # The other tests of this service list the problems that there are.
    admin.said("admin", "withdraw", "again")


def test_a_team_is_administered(
    service: Service, ada: Account, eve: Account, terminal: Terminal
) -> None:
    slug = terminal.told("team", "create", f"Looking {ada.name}")["slug"]
    terminal.said("team", "invite", slug)
    (made,) = terminal.told("team", "invitations", slug)
    assert made["id"] in terminal.said("team", "invitations", slug)
    terminal.said("team", "revoke-invitation", slug, made["id"])
    assert terminal.told("team", "invitations", slug) == []
    plan = terminal.told("team", "practise", slug, "Week 1", "maxsubarray")
    assert plan["id"] in terminal.said("team", "sets", slug)
    terminal.said("team", "delete-set", slug, plan["id"])
    assert terminal.told("team", "sets", slug) == []
    terminal.said("team", "delete", slug)
    assert terminal.told("team", "list") == []


def test_whoever_leaves_takes_all_with_them(
    service: Service, ada: Account, eve: Account, terminal: Terminal, tmp_path: Path
) -> None:
    sent = ada.submitted()
    service.judge(sent)
    file = tmp_path / "mine.zip"
    terminal.said("account", "export", str(file))
    with zipfile.ZipFile(file) as archive:
        assert archive.testzip() is None
        assert archive.read(f"submissions/{sent}.py").decode() == SOURCE
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    folder = terminal.run("account", "export", str(tmp_path))
    assert (folder.exit_code, "Is a directory" in folder.stderr) == (2, True)
    nowhere = terminal.run("account", "export", str(tmp_path / "nowhere" / "mine.zip"))
    assert (nowhere.exit_code, "can't be written" in nowhere.stderr) == (2, True)
    wrong = terminal.run("account", "delete", "--code", "delete", "--confirm", eve.name)
    assert (wrong.exit_code, "Write your name exactly" in wrong.stderr) == (2, True)
    gone = terminal.run("account", "delete", "--code", "delete", typed=ada.name + "\n")
    assert gone.exit_code == 0, gone.output
    assert terminal.run("account", "export", str(file)).exit_code == 2
    assert [path.name for path in tmp_path.iterdir()] == ["mine.zip"]
    assert ada.http.get("/users/me").status_code == 401
    assert eve.http.get(f"/users/{ada.name}").status_code == 404
    with service.db.read() as session:
        assert session.get(models.Submission, sent) is None
