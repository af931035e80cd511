"""A team's events, live and after an id."""

import json
import signal
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from judge.interviews import sittings
from judge.settings import Settings
from judge.teams import events, membership
from judge.verdict import Verdict
from tests.integration.api.service import Account, Service, SseEvent, read_stream, running
from tests.integration.api.terminal import Terminal
from tests.integration.api.test_api_boards import team_of
from tests.support.sittings import add_interview


@contextmanager
def following(
    account: Account, slug: str, last_event_id: str | None = None
) -> Iterator[Iterator[SseEvent]]:
    headers = {} if last_event_id is None else {"Last-Event-ID": last_event_id}
    with account.http.stream("GET", f"/teams/{slug}/events", headers=headers) as response:
        assert response.status_code == 200
        yield (one for one in read_stream(response) if isinstance(one, SseEvent))


def told(event: SseEvent) -> tuple[str, str, str | None]:
    return event.kind, event.data["user"], event.data.get("problem")


def test_a_team_is_followed_as_it_happens(service: Service, ada: Account, eve: Account) -> None:
    slug = team_of(ada)
    with following(ada, slug) as stream:
        snapshot = next(stream)
        assert (snapshot.kind, snapshot.data["slug"]) == ("snapshot", slug)
        word = ada.http.post(f"/teams/{slug}/invitations", json={}).json()["invite"]
        assert eve.http.post(f"/teams/{slug}/members", json={"invite": word}).status_code == 201
        assert told(next(stream)) == ("joined", eve.name, None)
        service.judge(eve.submitted(), Verdict.WA)
        service.judge(eve.submitted())
        accepted = next(stream)
        assert told(accepted) == ("accepted", eve.name, "maxsubarray")
        assert set(accepted.data) == {"user", "problem", "submitted_at", "at", "id"}
        board = next(stream)
        assert told(board) == ("board", eve.name, None)
        assert (board.data["rank"], board.data["score"]) == (1, 1)
        assert eve.http.delete(f"/teams/{slug}/members/{eve.name}").status_code == 204
        assert told(next(stream)) == ("left", eve.name, None)


def test_who_comes_back_misses_nothing(service: Service, ada: Account) -> None:
    slug = team_of(ada)
    with following(ada, slug) as stream:
        begin = next(stream)
    for problem in ("maxsubarray", "longestsubarray", "lorainit"):
        language = "pytorch" if problem == "lorainit" else "python3"
        sent = ada.submit(problem, language=language).json()["id"]
        service.judge(sent)
    with following(ada, slug, begin.id) as stream:
        next(stream)
        whole = [next(stream) for _ in range(3)]
    assert [one.data["problem"] for one in whole] == [
        "maxsubarray",
        "longestsubarray",
        "lorainit",
    ]
    ids = [int(one.id or 0) for one in whole]
    assert ids == sorted(set(ids))
    with following(ada, slug, whole[1].id) as stream:
        assert next(stream).id == whole[1].id
        assert next(stream) == whole[2]
    with following(ada, slug, "nonsense") as stream:
        assert next(stream).id == whole[2].id  # from now on


def test_another_process_s_readers_are_told(
    service: Service, settings: Settings, ada: Account
) -> None:
    slug = team_of(ada)
    with running(settings) as (_, url):
        elsewhere = service.elsewhere(ada, url)
        with following(elsewhere, slug) as stream:
            next(stream)
            service.judge(ada.submitted())
            assert told(next(stream)) == ("accepted", ada.name, "maxsubarray")


def test_it_is_for_members_and_ends_for_who_leaves(
    service: Service, ada: Account, eve: Account, boss: Account
) -> None:
    slug = team_of(ada, eve)
    for outside in (service.account(), boss):
        assert outside.http.get(f"/teams/{slug}/events").status_code == 404
    with following(eve, slug) as stream:
        next(stream)
        assert ada.http.delete(f"/teams/{slug}/members/{eve.name}").status_code == 204
        assert list(stream) == []


def test_nothing_of_an_interview_is_in_it(service: Service, ada: Account) -> None:
    slug = team_of(ada)
    interview = add_interview(service.db, ("maxsubarray",))
    sittings.start(service.db, ada.id, interview)
    with following(ada, slug) as stream:
        next(stream)
        service.judge(ada.submitted())
        service.judge(ada.submitted("longestsubarray"))
        first = next(stream)
    assert first.data["problem"] == "longestsubarray"
    team_id = membership.find_team(service.db, slug, ada.id).id
    kept = [one.data.get("problem") for one in events.replay(service.db, team_id, 0)]
    assert "maxsubarray" not in kept


def test_a_team_is_watched_from_the_terminal(
    service: Service, ada: Account, monkeypatch: pytest.MonkeyPatch
) -> None:
    terminal = Terminal(service, ada, monkeypatch)
    slug = terminal.told("team", "create", f"Watched {ada.name}")["slug"]
    assert terminal.run("team", "watch", "nobodys").exit_code == 2
    with terminal.begun("team", "watch", slug, "--json") as watching:
        assert watching.stdout is not None
        assert watching.stderr is not None
        assert json.loads(next(iter(watching.stdout)))["event"] == "snapshot"
        service.judge(ada.submitted())
        said = (json.loads(line) for line in watching.stdout)
        accepted = next(one for one in said if one["event"] == "accepted")
        assert (accepted["user"], accepted["problem"]) == (ada.name, "maxsubarray")
        watching.send_signal(signal.SIGINT)
        assert watching.stderr.read() == ""
        assert watching.wait() == 0
