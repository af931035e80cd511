"""The live stream of a submission's events."""

from collections.abc import Iterator
from contextlib import contextmanager

import httpx
import pytest
from sqlalchemy import update

from judge.db.models import Event
from judge.events import forget_old
from judge.settings import Settings
from judge.submissions import lifecycle as submissions
from judge.submissions.lifecycle import Progress
from judge.verdict import Verdict
from tests.integration.api.service import (
    Account,
    Service,
    SseEvent,
    judged,
    read_stream,
    results,
    running,
)


@contextmanager
def streaming(
    account: Account, id_: str, last_event_id: str | None = None
) -> Iterator[tuple[httpx.Response, Iterator[SseEvent | str]]]:
    headers = {} if last_event_id is None else {"Last-Event-ID": last_event_id}
    with account.http.stream("GET", f"/submissions/{id_}/events", headers=headers) as response:
        assert response.status_code == 200
        yield response, read_stream(response)


def events_of(account: Account, id_: str, last_event_id: str | None = None) -> list[SseEvent]:
    """All events of a stream that ends."""
    with streaming(account, id_, last_event_id) as (_, stream):
        return [event for event in stream if isinstance(event, SseEvent)]


def kinds(events: list[SseEvent]) -> list[str]:
    return [event.kind for event in events]


def next_event(stream: Iterator[SseEvent | str]) -> SseEvent:
    event = next(stream)
    assert isinstance(event, SseEvent)
    return event


def test_a_stream_tells_what_happens_as_it_happens(service: Service, ada: Account) -> None:
    id_ = ada.submitted()
    with streaming(ada, id_) as (response, stream):
        assert response.headers["Content-Type"].startswith("text/event-stream")
        assert response.headers["X-Accel-Buffering"] == "no"
        assert response.headers["Cache-Control"] == "no-cache"
        assert next(stream) == "retry: 2000"
        snapshot = next_event(stream)
        assert (snapshot.kind, snapshot.id, snapshot.data["state"]) == ("snapshot", None, "queued")
        assert next_event(stream).kind == "queued"
        claim = service.claim(id_)
        judging = next_event(stream)
        assert (judging.kind, judging.data["attempt"]) == ("judging", 1)
        assert submissions.record(service.db, claim, Progress(compiling=True))
        assert next_event(stream).kind == "compiling"
        assert submissions.record(
            service.db, claim, Progress(total=2, results={1: results(Verdict.AC)[0]})
        )
        test = next_event(stream)
        assert (test.kind, test.data["index"], test.data["total"]) == ("test", 1, 2)
        assert submissions.finish(service.db, claim, judged(Verdict.AC))
        done = next_event(stream)
        assert (done.kind, done.data["verdict"]) == ("done", "AC")
        assert list(stream) == []


def test_ids_grow_and_a_stream_can_be_resumed_after_any(service: Service, ada: Account) -> None:
    id_ = ada.submitted()
    service.judge(id_)
    whole = events_of(ada, id_)
    assert kinds(whole) == ["snapshot", "queued", "judging", "test", "test", "done"]
    log = whole[1:]
    ids = [int(event.id or 0) for event in log]
    assert ids == sorted(set(ids))
    for position, event in enumerate(log):
        resumed = events_of(ada, id_, event.id)
        assert resumed[0].kind == "snapshot"
        assert resumed[1:] == log[position + 1 :]


def test_a_client_cut_off_gets_the_verdict_when_it_comes_back(
    service: Service, ada: Account
) -> None:
    id_ = ada.submitted()
    with streaming(ada, id_) as (_, stream):
        seen = [next(stream), next_event(stream), next_event(stream)][-1]
    service.judge(id_, Verdict.WA)
    missed = events_of(ada, id_, seen.id if isinstance(seen, SseEvent) else None)
    assert missed[0].data["verdict"] == "WA"
    assert kinds(missed[1:]) == ["judging", "test", "test", "done"]


def test_of_what_is_forgotten_there_is_the_snapshot(service: Service, ada: Account) -> None:
    id_ = ada.submitted()
    service.judge(id_)
    last = events_of(ada, id_)[-1].id
    with service.db.write() as session:
        session.execute(update(Event).values(at=0.0))
    forget_old(service.db, kept_s=1.0)
    for last_event_id in (None, last):
        (snapshot,) = events_of(ada, id_, last_event_id)
        assert (snapshot.kind, snapshot.data["verdict"]) == ("snapshot", "AC")


@pytest.mark.parametrize("last_event_id", ["", "x", "-1", "999999999999", "9" * 100])
def test_an_id_that_is_none_of_ours_starts_anew(
    service: Service, ada: Account, last_event_id: str
) -> None:
    id_ = ada.submitted()
    service.judge(id_)
    assert kinds(events_of(ada, id_, last_event_id))[1:3] == ["queued", "judging"]


def test_a_new_reader_hears_of_the_newest_judging_only(
    service: Service, ada: Account, boss: Account
) -> None:
    id_ = ada.submitted()
    service.judge(id_, Verdict.WA)
    before = events_of(ada, id_)
    boss.http.post(f"/submissions/{id_}/rejudge")
    service.judge(id_, Verdict.AC)
    fresh, resumed = events_of(ada, id_), events_of(ada, id_, before[-1].id)
    assert kinds(fresh) == ["snapshot", "queued", "judging", "test", "test", "done"]
    assert fresh[-1].data["verdict"] == "AC"
    assert resumed[1:] == fresh[1:]


def test_silence_is_filled_with_pings(ada: Account, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("api.sse.PING_S", 0.05)
    with ada.http.stream("GET", f"/submissions/{ada.submitted()}/events") as response:
        pings = (line for line in response.iter_lines() if line == ": ping")
        assert [next(pings), next(pings)] == [": ping", ": ping"]


def test_without_a_broker_a_stream_is_only_slower(
    service: Service, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("api.sse.LOOK_AGAIN_S", 0.05)
    monkeypatch.setattr("api.v1.submissions.LOOK_AGAIN_S", 0.05)
    deaf = settings.model_copy(update={"broker_url": "unix:///no/such/socket"})
    account = service.account()
    with running(deaf) as (_, url):
        cut_off = service.elsewhere(account, url)
        id_ = cut_off.submitted()
        with streaming(cut_off, id_) as (_, stream):
            assert [next(stream), next_event(stream).kind] == ["retry: 2000", "snapshot"]
            service.judge(id_)
            rest = kinds([event for event in stream if isinstance(event, SseEvent)])
        assert rest == ["queued", "judging", "test", "test", "done"]
        waited = cut_off.http.get(f"/submissions/{id_}", params={"wait": 30})
        assert waited.json()["verdict"] == "AC"
        assert cut_off.http.get("/readyz").status_code == 503


def test_a_server_that_stops_sends_waiting_clients_home(
    service: Service, settings: Settings
) -> None:
    account = service.account()
    with running(settings) as (server, url):
        there = service.elsewhere(account, url)
        id_ = there.submitted()
        with there.http.stream("GET", f"/submissions/{id_}/events") as response:
            stream = read_stream(response)
            assert next(stream) == "retry: 2000"
            server.should_exit = True
            rest = kinds([event for event in stream if isinstance(event, SseEvent)])
    assert rest == ["snapshot", "queued"]
