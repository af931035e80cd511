"""Interviews over HTTP and in a terminal: what leaks before a round ends, the report, teams."""

import json
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest
from sqlalchemy import update

from judge.db import models
from judge.differences import Difference, Reason
from judge.interviews import sittings
from judge.job import Kind
from judge.submissions import lifecycle
from judge.submissions.lifecycle import Progress
from judge.teams import invitations, membership
from judge.verdict import Verdict
from tests.integration.api.service import (
    Account,
    Service,
    add_problem,
    judged,
    problems_for_now,
    read_stream,
    results,
)
from tests.integration.api.terminal import Terminal
from tests.integration.api.test_api_boards import team_of
from tests.support.sittings import add_interview, let_pass

SECRETS = ("01-big", "HIDDEN", "Try more", "TLE", "It sorts first.", "wrong_answer")


@pytest.fixture(scope="module", autouse=True)
def problems(service: Service) -> Iterator[None]:
    with problems_for_now(service):
        add_problem(service.db, "sittable")
        add_problem(service.db, "later")
        add_problem(service.db, "practicequiz", Kind.QUIZ, ("answers",))
        yield


def begun(service: Service, account: Account) -> dict[str, Any]:
    name = add_interview(service.db, ("sittable",), ("later",))
    answer = account.http.post(f"/interviews/{name}/sittings")
    assert answer.status_code == 201, answer.text
    sitting: dict[str, Any] = answer.json()
    assert answer.headers["Location"] == f"/api/v1/sittings/{sitting['id']}"
    return sitting


def failed(service: Service, id_: str) -> None:
    """Judge it as a known mistake that is too slow in a hidden test."""
    claim = service.claim(id_)
    for index, result in enumerate(results(Verdict.TLE), start=1):
        assert lifecycle.record(service.db, claim, Progress(total=2, results={index: result}))
    why = Difference(Reason.WRONG_ANSWER, {"test": "01-big"})
    told = replace(judged(Verdict.TLE), difference=why, diagnosis={"en": "It sorts first."})
    assert lifecycle.finish(service.db, claim, told)


def stream_of(account: Account, id_: str) -> str:
    with account.http.stream("GET", f"/submissions/{id_}/events") as answer:
        return repr(list(read_stream(answer)))


def test_no_door_tells_of_hidden_tests_before_the_round_ends(
    service: Service, ada: Account, boss: Account, monkeypatch: pytest.MonkeyPatch
) -> None:
    sitting = begun(service, ada)
    id_ = ada.submitted("sittable")
    failed(service, id_)
    terminal = Terminal(service, ada, monkeypatch)
    there = f"/sittings/{sitting['id']}"

    def doors() -> dict[str, str]:
        texts = {
            path: ada.http.get(path).text
            for path in (
                f"/submissions/{id_}",
                f"/submissions/{id_}?wait=1",
                "/submissions?problem=sittable",
                f"/submissions/{id_}/reproduction",
                f"/submissions/{id_}/reproduction?test=01-big",
                "/problems/sittable",
                f"/problems/sittable/runtimes?submission={id_}",
                "/problems/sittable/leaderboard",
                "/leaderboard",
                f"/users/{ada.name}",
                there,
                "/sittings",
                f"{there}/report",
            )
        }
        for path in (
            f"/submissions/{id_}",
            there,
            f"{there}/report",
            f"/submissions?user={ada.name}",
        ):
            texts[f"admin {path}"] = boss.http.get(path).text
        texts["admin rejudge"] = boss.http.post(f"/submissions/{id_}/rejudge").text
        texts["events"] = stream_of(ada, id_)
        for words in (("show", id_), ("show", id_, "--json"), ("submissions",), ("profile",)):
            texts[f"shousi {' '.join(words)}"] = terminal.run(*words).output
        for words in (("status",), ("status", "--json"), ("report",)):
            texts[f"shousi interview {' '.join(words)}"] = terminal.run("interview", *words).output
        return texts

    found = doors()
    leaks = {door: secret for door, text in found.items() for secret in SECRETS if secret in text}
    assert leaks == {}
    told = json.loads(found[f"/submissions/{id_}"])
    assert (told["verdict"], told["state"]) == ("WA", "done")
    assert [test["name"] for test in told["tests"]] == ["1"]
    assert told["sealed_until"] == sitting["rounds"][0]["ends_at"]
    assert "'verdict': 'WA'" in found["events"]
    assert "The hidden tests reject it." in found[f"shousi show {id_}"]
    assert ada.http.get(f"{there}/report").json()["type"].endswith("/interview")
    let_pass(service.db, sitting["id"], 601)
    opened = doors()
    # This shows that the tests above can fail: after the round each of these shows everything.
    for door in (
        f"/submissions/{id_}",
        f"admin /submissions/{id_}",
        "events",
        f"shousi show {id_}",
    ):
        assert "01-big" in opened[door], door
    for door in (f"{there}/report", f"admin {there}/report", "shousi interview report"):
        assert "It sorts first." in opened[door], door
    assert ada.http.get(f"/submissions/{id_}").json()["verdict"] == "TLE"
    # Submissions of interviews appear on no board, in no list and in no profile, before and after
    # the end.
    for door in ("/leaderboard", "/problems/sittable/leaderboard"):
        assert ada.name not in opened[door]
    assert ada.http.get("/submissions").json()["items"] == []


def test_a_refusal_says_what_to_do_and_stores_nothing(service: Service, ada: Account) -> None:
    sitting = begun(service, ada)
    early = ada.submit("later")
    assert (early.status_code, early.json()["type"]) == (409, "/api/v1/errors/interview")
    assert "begins in" in early.json()["detail"]
    again = ada.http.post(f"/interviews/{sitting['interview']}/sittings")
    assert (again.status_code, "Go on with it" in again.json()["detail"]) == (409, True)
    let_pass(service.db, sitting["id"], 1201)
    late = ada.submit("later")
    assert (late.status_code, late.json()["type"]) == (409, "/api/v1/errors/interview")
    assert "ended" in late.json()["detail"]
    assert all(task["sent"] == [] for task in tasks(ada, sitting["id"]))
    let_pass(service.db, sitting["id"], 61)
    assert ada.submit("later").status_code == 202


def tasks(account: Account, id_: str) -> list[dict[str, Any]]:
    rounds = account.http.get(f"/sittings/{id_}").json()["rounds"]
    return [task for one in rounds for task in one["tasks"]]


def test_a_report_tells_times_attempts_and_what_to_read(service: Service, ada: Account) -> None:
    with service.db.write() as session:
        # The fixture's problems have the tag `array`, and so has this quiz; this one a background.
        session.execute(
            update(models.ProblemVersion)
            .where(models.ProblemVersion.sha256 == "sittable")
            .values(statements_html={"en": "<p>Text</p><h2>Background</h2><p>Why.</p>"})
        )
    sitting = begun(service, ada)
    for verdict in (Verdict.WA, Verdict.AC, Verdict.WA):
        service.judge(ada.submitted("sittable"), verdict)
    path = f"/sittings/{sitting['id']}"
    second = ada.http.post(f"{path}/advance", json={"round": 1}).json()
    assert [one["state"] for one in second["rounds"]] == ["over", "running"]
    assert second["seconds_left"] == pytest.approx(600)
    part = ada.http.get(f"{path}/report").json()
    assert (part["sitting"]["is_over"], len(part["rounds"])) == (False, 1)
    assert ada.http.post(f"{path}/advance", json={"round": 2}).status_code == 200
    report = ada.http.get(f"{path}/report").json()
    assert report["sitting"]["is_over"]
    first, untried = (one["tasks"][0] for one in report["rounds"])
    solved_at = tasks(ada, sitting["id"])[0]["solved_at"]
    assert first["solved_after_s"] == pytest.approx(solved_at - sitting["started_at"])
    assert (first["num_attempts"], first["verdicts"]) == (2, ["WA", "AC", "WA"])
    assert [(one["kind"], one["url"]) for one in first["reading"]] == [
        ("background", "/problems/sittable#background"),
        ("quiz", "/problems/practicequiz"),
    ]
    assert (untried["solved_after_s"], untried["num_attempts"]) == (None, 0)


def test_a_team_s_owner_sees_how_members_did_since_it_was_given(
    service: Service, ada: Account, eve: Account, monkeypatch: pytest.MonkeyPatch
) -> None:
    name = add_interview(service.db, ("sittable",))
    before = sittings.start(service.db, eve.id, name)
    sittings.end_round(service.db, eve.id, before.id, 1)
    team = membership.create_team(service.db, ada.id, f"team-{ada.name}")
    word, _ = invitations.invite_to_team(service.db, team, by=ada.id)
    invitations.join_team(service.db, team.slug, eve.id, word)
    owner, mate = Terminal(service, ada, monkeypatch), Terminal(service, eve, monkeypatch)
    owner.said("interview", "assign", team.slug, name)
    (given,) = owner.told("interview", "results", team.slug)
    assert [(one["user"], one["sitting"]) for one in given["results"]] == [
        (ada.name, None),
        (eve.name, None),
    ]
    assert ada.http.get(f"/sittings/{before.id}").status_code == 404
    let_pass(service.db, before.id, 61)
    sitting = mate.told("interview", "start", name)
    failed(service, eve.submitted("sittable"))
    (given,) = owner.told("interview", "results", team.slug)
    seen = given["results"][1]["sitting"]
    assert (seen["id"], seen["is_over"], seen["num_solved"]) == (sitting["id"], False, 0)
    assert "0 of 1, runs" in owner.said("interview", "results", team.slug)
    (mine,) = mate.told("interview", "results", team.slug)
    assert (mine["results"], mine["mine"]["id"]) == (None, sitting["id"])
    asked = ada.http.get(f"/sittings/{sitting['id']}").text
    assert not any(secret in asked for secret in SECRETS)
    assert mate.run("interview", "next", typed="n\n").exit_code == 1
    assert mate.told("interview", "next", "--yes")["seconds_left"] is None
    assert "It sorts first." in owner.said("interview", "report", sitting["id"])
    assert mate.run("interview", "next", "--yes").exit_code == 2
    assert [one["id"] for one in mate.told("interview", "sat")] == [sitting["id"], before.id]
    owner.said("interview", "withdraw", team.slug, name)
    assert ada.http.get(f"/sittings/{sitting['id']}").status_code == 404
    assert name in owner.said("interview", "list")
    membership.delete_team(service.db, team, by=ada.id)


def test_paths_show_how_far_one_is(
    service: Service, ada: Account, monkeypatch: pytest.MonkeyPatch
) -> None:
    for slug, after in (("pathfirst", []), ("pathsecond", ["pathfirst"])):
        add_problem(service.db, slug)
        with service.db.write() as session:
            version = update(models.ProblemVersion).where(models.ProblemVersion.sha256 == slug)
            session.execute(version.values(tags=["on-a-path"], extras={"prerequisites": after}))
    service.judge(ada.submitted("pathfirst"))
    (path,) = [one for one in ada.http.get("/paths").json()["items"] if one["tag"] == "on-a-path"]
    assert path["num_solved"] == 1
    assert [(one["slug"], one["state"], one["is_next"]) for one in path["problems"]] == [
        ("pathfirst", "solved", False),
        ("pathsecond", "new", True),
    ]
    visitor = service.http.get("/paths").json()["items"]
    assert [one["num_solved"] for one in visitor if one["tag"] == "on-a-path"] == [0]
    terminal = Terminal(service, ada, monkeypatch)
    assert [one["tag"] for one in terminal.told("paths", "on-a-path")] == ["on-a-path"]
    assert "pathsecond" in terminal.said("paths")
    assert terminal.run("paths", "nowhere").exit_code == 2


def test_a_sitting_from_before_the_membership_is_not_for_the_owner(
    service: Service, ada: Account, eve: Account
) -> None:
    slug = team_of(ada)
    name = add_interview(service.db, ("sittable",))
    assert ada.http.post(f"/teams/{slug}/interviews", json={"interview": name}).status_code == 201
    own = sittings.start(service.db, eve.id, name)
    word = ada.http.post(f"/teams/{slug}/invitations", json={}).json()["invite"]
    assert eve.http.post(f"/teams/{slug}/members", json={"invite": word}).status_code == 201
    assert ada.http.get(f"/sittings/{own.id}").status_code == 404
    (given,) = ada.http.get(f"/teams/{slug}/interviews").json()["items"]
    assert {one["user"]: one["sitting"] for one in given["results"]}[eve.name] is None
    (mine,) = eve.http.get(f"/teams/{slug}/interviews").json()["items"]
    assert mine["mine"] is None
