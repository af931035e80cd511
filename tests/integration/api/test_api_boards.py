"""Boards and teams over HTTP, from the first verdict to the last rank."""

import csv
import io
from collections.abc import Iterator
from typing import Any

import httpx
import pytest

from judge.verdict import Verdict
from tests.integration.api.service import Account, Service, SseEvent, read_stream


def rows(account: Account, path: str, **params: str) -> dict[str, Any]:
    answer = account.http.get(path, params=params)
    assert answer.status_code == 200, answer.text
    return {row["user"]: row for row in answer.json()["rows"]}


def team_of(owner: Account, *members: Account) -> str:
    """A new team's slug; all `members` have joined."""
    made = owner.http.post("/teams", json={"name": f"Team {owner.name}"})
    assert made.status_code == 201, made.text
    slug = str(made.json()["slug"])
    assert made.headers["Location"] == f"/api/v1/teams/{slug}"
    for member in members:
        invited = owner.http.post(f"/teams/{slug}/invitations", json={})
        word = invited.json()["invite"]
        joined = member.http.post(f"/teams/{slug}/members", json={"invite": word})
        assert joined.status_code == 201, joined.text
    return slug


def solve(service: Service, who: Account, slug: str = "maxsubarray") -> str:
    sent = who.submitted(slug)
    service.judge(sent)
    return sent


def test_a_team_sees_what_each_has_done(service: Service, ada: Account, eve: Account) -> None:
    slug = team_of(ada, eve)
    sent = ada.submitted()
    for period in ("week", "month", "all"):
        found = rows(ada, f"/teams/{slug}/leaderboard", period=period)
        assert found[ada.name]["problems"][0]["num_pending"] == 1
        assert found[ada.name]["rank"] == found[eve.name]["rank"] == 1
    service.judge(sent)
    service.judge(eve.submitted(), Verdict.WA)
    for period in ("week", "month", "all"):
        found = rows(eve, f"/teams/{slug}/leaderboard", period=period)
        first, second = found[ada.name], found[eve.name]
        assert (first["rank"], first["score"], first["num_solved"]) == (1, 1, 1)
        assert (second["rank"], second["score"], second["time"]) == (2, 0, None)
        cell = {"slug": "maxsubarray", "solved": True, "num_judged": 1, "num_pending": 0}
        assert first["problems"] == [{**cell, "time": first["time"]}]
        assert second["problems"] == [{**cell, "solved": False, "time": None}]


def test_a_teams_members_show_how_far_they_are(
    service: Service, ada: Account, eve: Account
) -> None:
    slug = team_of(ada, eve)
    assert ada.http.get(f"/teams/{slug}").json()["num_members"] == 2
    solve(service, ada)
    service.judge(ada.submitted("longestsubarray"), Verdict.WA)
    # Others get no event about a run.
    run = {"language": "python3", "source": "pass"}
    assert eve.http.post("/problems/maxsubarray/runs", json=run).status_code == 202
    last = ada.http.get("/submissions").json()["items"][0]["created_at"]
    members = eve.http.get(f"/teams/{slug}/members").json()["items"]
    assert [(one["user"], one["num_solved"], one["last_active_at"]) for one in members] == [
        (ada.name, 1, last),
        (eve.name, 0, None),
    ]
    assert eve.http.delete(f"/teams/{slug}/members/{eve.name}").status_code == 204
    assert [one["num_members"] for one in ada.http.get("/teams").json()["items"]] == [1]


def test_equal_scores_share_a_rank_on_everybodys_board(
    service: Service, ada: Account, eve: Account
) -> None:
    solve(service, ada)
    solve(service, eve)
    page = service.http.get("/leaderboard", params={"limit": 100}).json()
    ranks = {row["user"]: (row["rank"], place) for place, row in enumerate(page["rows"])}
    assert ranks[ada.name][0] == ranks[eve.name][0]
    assert ranks[ada.name][1] < ranks[eve.name][1]


def test_boards_come_in_pages(service: Service, ada: Account, eve: Account) -> None:
    for who in (ada, eve):
        solve(service, who)
    for path in ("/leaderboard", "/problems/maxsubarray/leaderboard"):
        whole = service.http.get(path, params={"limit": 100}).json()["rows"]
        url, paged = f"/api/v1{path}?limit=1", []
        while url:
            answer = service.root.get(url)
            paged += answer.json()["rows"]
            url = answer.links.get("next", {}).get("url", "")
        assert paged == whole


def test_a_cursor_is_taken_only_as_it_was_given(
    service: Service, ada: Account, eve: Account
) -> None:
    for who in (ada, eve):
        solve(service, who)
    given = service.http.get("/leaderboard", params={"limit": 1}).json()["next"]
    changed = ("B" if given[0] == "A" else "A") + given[1:]
    wrong = [("/leaderboard", changed), ("/leaderboard", "!"), ("/leaderboard", given + "AAAA")]
    for path, cursor in [*wrong, ("/problems", given), ("/leaderboard", "")]:
        answer = service.http.get(path, params={"cursor": cursor})
        assert (answer.status_code, answer.json()["errors"][0]["field"]) == (422, "cursor")


def test_a_problems_board_ties_times_that_overlap(
    service: Service, ada: Account, eve: Account
) -> None:
    for who in (ada, eve):
        solve(service, who, "longestsubarray")
    found = rows(ada, "/problems/longestsubarray/leaderboard")
    assert found[ada.name]["rank"] == found[eve.name]["rank"] == 1
    mine = found[ada.name]
    assert mine["time_low_s"] < mine["time"] == 0.25 < mine["time_high_s"]
    assert service.http.get("/problems/nothing/leaderboard").status_code == 404


def test_boards_are_checked_by_etag(service: Service, ada: Account) -> None:
    solve(service, ada)
    first = service.http.get("/leaderboard")
    again = service.http.get("/leaderboard", headers={"If-None-Match": first.headers["ETag"]})
    assert again.status_code == 304


def test_code_is_seen_once_both_have_solved(service: Service, ada: Account, eve: Account) -> None:
    team_of(ada, eve)
    hers = solve(service, ada)
    listing = {"user": ada.name}
    assert eve.http.get(f"/submissions/{hers}").status_code == 404
    assert eve.http.get("/submissions", params=listing).json()["items"] == []
    solve(service, eve)
    assert eve.http.get(f"/submissions/{hers}").json()["source"]
    assert [one["id"] for one in eve.http.get("/submissions", params=listing).json()["items"]] == [
        hers
    ]
    other = solve(service, ada, "longestsubarray")
    assert eve.http.get(f"/submissions/{other}").status_code == 404
    run = ada.http.post(
        "/problems/maxsubarray/runs", json={"language": "python3", "source": "pass"}
    ).json()["id"]
    assert eve.http.get(f"/submissions/{run}").status_code == 404


def test_a_practice_set_counts_its_problems_between_its_dates(
    service: Service, ada: Account, eve: Account
) -> None:
    solve(service, ada)
    slug = team_of(ada)
    plan: dict[str, Any] = {"name": "Week 1", "problems": ["maxsubarray", "longestsubarray"]}
    made = ada.http.post(f"/teams/{slug}/sets", json=plan)
    assert made.status_code == 201, made.text
    board, which = f"/teams/{slug}/leaderboard", {"set": made.json()["id"]}
    assert rows(ada, board, **which)[ada.name]["score"] == 1
    solve(service, ada, "longestsubarray")
    solve(service, eve, "longestsubarray")
    found = rows(ada, board, **which)[ada.name]
    assert [cell["slug"] for cell in found["problems"]] == plan["problems"]
    assert (found["score"], found["num_solved"]) == (2, 2)
    invited = ada.http.post(f"/teams/{slug}/invitations", json={}).json()["invite"]
    assert eve.http.post(f"/teams/{slug}/members", json={"invite": invited}).status_code == 201
    assert rows(eve, board, **which)[eve.name]["score"] == 1
    path = f"/teams/{slug}/sets/{made.json()['id']}"
    later = {**plan, "starts_at": found["time"] + 1}
    stale = {"If-Match": '"stale"'}
    assert ada.http.put(path, json=later, headers=stale).status_code == 412
    assert eve.http.put(path, json=later).status_code == 403
    fresh = {"If-Match": ada.http.get(path).headers["ETag"]}
    assert ada.http.put(path, json=later, headers=fresh).status_code == 200
    assert [row["score"] for row in rows(ada, board, **which).values()] == [0, 0]
    assert eve.http.delete(f"/teams/{slug}/members/{eve.name}").status_code == 204
    assert eve.http.get(board).status_code == 404
    for problems in ([], ["nothing"], ["maxsubarray"] * 2):
        assert ada.http.put(path, json={**plan, "problems": problems}).status_code == 422
    assert ada.http.delete(path).status_code == 204
    assert ada.http.get(path).status_code == 404


def test_an_invitation_lets_in_as_often_as_it_says(
    service: Service, ada: Account, eve: Account, boss: Account
) -> None:
    slug = team_of(ada)
    door = f"/teams/{slug}/members"

    def invite(**how: Any) -> dict[str, Any]:
        answer = ada.http.post(f"/teams/{slug}/invitations", json=how)
        assert answer.status_code == 201, answer.text
        return dict(answer.json())

    def preview(word: str, slug: str = slug) -> httpx.Response:
        path = f"/teams/{slug}/invitations/preview"
        return boss.http.get(path, params={"invite": word})

    once = invite()
    seen = preview(once["invite"])
    assert seen.headers["Cache-Control"] == "no-store"
    assert seen.json() == {
        "slug": slug,
        "name": f"Team {ada.name}",
        "owner": ada.name,
        "num_members": 1,
        "created_by": ada.name,
        "expires_at": once["expires_at"],
    }
    assert ada.http.post(door, json={"invite": once["invite"]}).status_code == 409
    assert eve.http.post(door, json={"invite": once["invite"]}).status_code == 201
    assert boss.http.post(door, json={"invite": once["invite"]}).status_code == 410
    revoked = invite(max_uses=5)
    assert ada.http.delete(f"/teams/{slug}/invitations/{revoked['id']}").status_code == 204
    assert boss.http.post(door, json={"invite": revoked["invite"]}).status_code == 410
    expired = invite(ttl_s=0.001)
    assert boss.http.post(door, json={"invite": expired["invite"]}).status_code == 410
    assert boss.http.post(door, json={"invite": "invite_none"}).status_code == 404
    other = team_of(boss)
    good = invite()
    misplaced = boss.http.post(f"/teams/{other}/members", json={"invite": good["invite"]})
    assert misplaced.status_code == 404
    # Previewing an invitation gets the same error as using it.
    for word, status in ((once, 410), (revoked, 410), (expired, 410), (good, 200)):
        assert preview(word["invite"]).status_code == status
    assert preview(good["invite"], other).status_code == 404
    assert preview("invite_none").status_code == 404
    left = ada.http.get(f"/teams/{slug}/invitations").json()["items"]
    assert [(one["id"], one["uses"]) for one in left] == [(good["id"], 0)]
    names = [one["user"] for one in ada.http.get(door).json()["items"]]
    assert names == [ada.name, eve.name]


def test_an_owner_hands_over_before_leaving(ada: Account, eve: Account) -> None:
    slug = team_of(ada, eve)
    assert ada.http.delete(f"/teams/{slug}/members/{ada.name}").status_code == 409
    assert eve.http.delete(f"/teams/{slug}/members/{ada.name}").status_code == 409
    assert eve.http.put(f"/teams/{slug}/owner", json={"user": eve.name}).status_code == 403
    assert ada.http.put(f"/teams/{slug}/owner", json={"user": "nobody1"}).status_code == 404
    handed = ada.http.put(f"/teams/{slug}/owner", json={"user": eve.name})
    assert (handed.json()["owner"], handed.json()["role"]) == (eve.name, "member")
    assert ada.http.delete(f"/teams/{slug}").status_code == 403
    assert ada.http.delete(f"/teams/{slug}/members/{ada.name}").status_code == 204
    assert ada.http.get("/teams").json()["items"] == []
    assert eve.http.delete(f"/teams/{slug}").status_code == 204
    assert eve.http.get(f"/teams/{slug}").status_code == 404


def test_teams_names_differ_as_they_look(ada: Account, eve: Account) -> None:
    assert ada.http.post("/teams", json={"name": "周三 Gruppe"}).status_code == 201
    for same in ("周三-gruppe", "周三 GRUPPE"):
        assert eve.http.post("/teams", json={"name": same}).status_code == 409
    for wrong in ("", " a", "a  b", "a\u202eb", "\u0430bc", "a\u0000b", "x" * 65, "admin"):
        assert eve.http.post("/teams", json={"name": wrong}).status_code == 422, wrong


def test_a_rejudge_is_reflected(service: Service, ada: Account, boss: Account) -> None:
    slug = team_of(ada)
    sent = solve(service, ada)
    assert boss.http.post(f"/submissions/{sent}/rejudge").status_code == 202
    board = f"/teams/{slug}/leaderboard"
    assert rows(ada, board)[ada.name]["score"] == 1
    service.judge(sent, Verdict.WA)
    found = rows(ada, board)[ada.name]
    assert (found["score"], found["problems"][0]["num_judged"]) == (0, 1)


def test_runs_count_nowhere(service: Service, ada: Account) -> None:
    body = {"language": "python3", "source": "pass"}
    run = ada.http.post("/problems/maxsubarray/runs", json=body).json()["id"]
    slug = team_of(ada)
    assert rows(ada, f"/teams/{slug}/leaderboard")[ada.name]["problems"] == []
    service.judge(run)
    assert rows(ada, f"/teams/{slug}/leaderboard")[ada.name]["problems"] == []


def next_board(stream: Iterator[SseEvent | str]) -> SseEvent:
    """Return the next event; skip pings and `retry` lines."""
    return next(one for one in stream if isinstance(one, SseEvent))


def test_a_board_is_followed_live(service: Service, ada: Account) -> None:
    with service.http.stream("GET", "/leaderboard/events") as response:
        assert response.headers["Content-Type"].startswith("text/event-stream")
        stream = read_stream(response)
        first = next_board(stream)
        assert (first.kind, first.id) == ("snapshot", None)
        assert first.data == service.http.get("/leaderboard").json()
        sent = ada.submitted()
        service.judge(sent)
        row = None
        while row is None:
            moved = next_board(stream)
            assert moved.kind == "moved"
            row = next((row for row in moved.data["rows"] if row["user"] == ada.name), None)
        assert (row["score"], row["problems"][0]["solved"]) == (1, True)


def test_a_teams_board_is_followed_by_its_members(
    service: Service, ada: Account, eve: Account
) -> None:
    slug = team_of(ada, eve)
    path = f"/teams/{slug}/leaderboard/events"
    with eve.http.stream("GET", path, params={"period": "week"}) as response:
        stream = read_stream(response)
        assert [row["score"] for row in next_board(stream).data["rows"]] == [0, 0]
        ada.submitted()
        pending = next_board(stream)
        cells = {row["user"]: row["problems"] for row in pending.data["rows"]}
        assert (pending.kind, cells[ada.name][0]["num_pending"]) == ("moved", 1)
        assert eve.http.delete(f"/teams/{slug}/members/{eve.name}").status_code == 204
        # A user who has left the team gets no more events.
        assert [one for one in stream if isinstance(one, SseEvent)] == []
    assert eve.http.get(path).status_code == 404
    assert ada.http.get(path, params={"set": "none"}).status_code == 404


def table(account: Account, path: str, **params: str) -> list[dict[str, str]]:
    """The board as a spreadsheet reads it."""
    answer = account.http.get(path, params={"format": "csv", **params})
    assert answer.status_code == 200, answer.text
    assert answer.headers["Content-Type"] == "text/csv; charset=utf-8"
    assert answer.headers["Content-Disposition"].startswith("attachment; ")
    text = answer.content.decode("utf-8-sig")
    return list(csv.DictReader(io.StringIO(text)))


def test_a_board_is_a_table_with_a_line_for_each(
    service: Service, ada: Account, eve: Account, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("api.board_tables._AT_A_TIME", 1)
    for who in (ada, eve):
        solve(service, who)
    lines = table(ada, "/leaderboard")
    board = ada.http.get("/leaderboard", params={"limit": 100}).json()["rows"]
    told = [(line["rank"], line["user"], line["score"], line["solved"]) for line in lines]
    assert told[: len(board)] == [
        (str(row["rank"]), row["user"], str(row["score"]), str(row["num_solved"])) for row in board
    ]
    assert {ada.name, eve.name} <= {line["user"] for line in lines}
    solvers = table(ada, "/problems/maxsubarray/leaderboard")
    assert {ada.name, eve.name} <= {line["user"] for line in solvers}
    assert all(float(line["CPU seconds"]) > 0 for line in solvers)


def test_a_practice_set_is_a_table_with_its_problems(
    service: Service, ada: Account, eve: Account
) -> None:
    slug = team_of(ada, eve)
    plan = {"name": "Week 1", "problems": ["lorainit", "maxsubarray"]}
    made = ada.http.post(f"/teams/{slug}/sets", json=plan).json()
    service.judge(ada.submitted(), Verdict.WA)
    solve(service, ada)
    service.judge(eve.submitted(), Verdict.WA)
    first, second = table(eve, f"/teams/{slug}/leaderboard", set=made["id"])
    assert first.pop("last gain (UTC)")[:2] == "20"
    assert first == {
        "rank": "1",
        "user": ada.name,
        "score": "1",
        "solved": "1",
        "lorainit": "",
        "lorainit tries": "",
        "maxsubarray": "1",
        "maxsubarray tries": "2",
    }
    assert (second["user"], second["maxsubarray"], second["maxsubarray tries"]) == (
        eve.name,
        "0",
        "1",
    )
    outside = service.account().http.get(
        f"/teams/{slug}/leaderboard", params={"format": "csv", "set": made["id"]}
    )
    assert outside.status_code == 404


def test_a_table_of_what_is_not_there_is_an_error(ada: Account) -> None:
    answer = ada.http.get("/problems/none/leaderboard", params={"format": "csv"})
    assert answer.status_code == 404
    assert answer.headers["Content-Type"] == "application/problem+json"
    wrong = ada.http.get("/leaderboard", params={"format": "xlsx"})
    assert [one["field"] for one in wrong.json()["errors"]] == ["format"]
