"""The embedded broker, and the messages that are sent over it."""

import asyncio
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from redis import Redis

from cli.launcher.broker import BrokerError, EmbeddedValkey
from judge.db.migrate import upgrade
from judge.db.models import Event
from judge.db.session import Database
from judge.events import EventView, Listener, Publisher, Subscriber
from judge.queue import enqueue
from judge.settings import Settings
from judge.states import Purpose
from judge.submissions import lifecycle as submissions
from tests.support.content import add_problem, add_user, events_of, submit
from tests.support.databases import database_url_of
from tests.support.stack import ROOT
from worker.sandbox.cgroup.tree import start_time


@pytest.fixture
def broker(tmp_path: Path) -> Iterator[EmbeddedValkey]:
    with EmbeddedValkey(tmp_path) as started:
        yield started


def test_it_keeps_what_it_was_given(broker: EmbeddedValkey) -> None:
    with Redis.from_url(broker.url) as redis:
        redis.set("a", "b")
    broker.stop()
    assert not broker.socket.exists()
    broker.stop()
    broker.start_and_wait()
    with Redis.from_url(broker.url) as redis:
        assert redis.get("a") == b"b"


def test_only_its_owner_may_talk_to_it(broker: EmbeddedValkey) -> None:
    assert broker.socket.stat().st_mode & 0o777 == 0o700


def test_a_deep_home_works(tmp_path: Path) -> None:
    home = tmp_path / ("x" * 100)
    broker = EmbeddedValkey(home)
    with broker, Redis.from_url(Settings(home=home).broker_url) as redis:
        assert redis.ping()
        assert not broker.socket.is_relative_to(home)
        assert broker.socket.parent.stat().st_mode & 0o777 == 0o700
    assert not broker.socket.parent.exists()


def test_a_home_may_have_any_name(tmp_path: Path) -> None:
    home = tmp_path / "a b#c?d%41e[f]é"
    settings = Settings(home=home)
    with EmbeddedValkey(home) as broker:
        assert (broker.url, broker.socket.parent) == (settings.broker_url, home / "broker")
        db = Database(settings.database_url)
        upgrade(db)
        db.close()
        assert (home / "shousi.db").exists()
        assert enqueue(settings, "any", Purpose.SUBMISSION)
    assert [one.name for one in tmp_path.iterdir()] == [home.name]


LAUNCHER = """
import sys, time
from pathlib import Path
from cli.launcher.broker import EmbeddedValkey
broker = EmbeddedValkey(Path(sys.argv[1]))
broker.start_and_wait()
print(broker.pid, flush=True)
time.sleep(600)
"""


def test_it_ends_when_its_launcher_is_killed(tmp_path: Path) -> None:
    launcher = subprocess.Popen(
        [sys.executable, "-c", LAUNCHER, str(tmp_path)],
        cwd=ROOT,
        env={"PATH": "", "PYTHONPATH": str(ROOT)},
        stdout=subprocess.PIPE,
    )
    with launcher:
        assert launcher.stdout is not None
        pid = int(launcher.stdout.readline())
        second = EmbeddedValkey(tmp_path)
        launcher.kill()
        # The folder is free once the first server has ended, and not before.
        with second:
            assert second.pid != pid
            assert start_time(pid) is None


def test_a_folder_has_one_broker(broker: EmbeddedValkey, tmp_path: Path) -> None:
    with pytest.raises(BrokerError, match="Another Shousi runs"):
        EmbeddedValkey(tmp_path).start_and_wait()
    with Redis.from_url(broker.url) as redis:
        assert redis.ping()


def test_messages_go_to_the_queue_of_their_purpose(broker: EmbeddedValkey, tmp_path: Path) -> None:
    settings = Settings(home=tmp_path)
    for purpose in Purpose:
        assert enqueue(settings, "j", purpose)
    with Redis.from_url(broker.url) as redis:
        assert (redis.llen("interactive"), redis.llen("rejudge")) == (3, 2)


def test_a_listener_hears_of_a_commit(broker: EmbeddedValkey, tmp_path: Path) -> None:
    db = Database(database_url_of(tmp_path), announce=Publisher(broker.url))
    upgrade(db)
    add_problem(db)
    user = add_user(db)

    async def listen() -> list[str]:
        subscriber = Subscriber(broker.url)
        hearing = asyncio.create_task(subscriber.run())
        with subscriber.listen("other") as other:
            await other.wait(30)  # the hint at connecting: from here on nothing is missed
            sent = await asyncio.to_thread(submit, db, user)
            with subscriber.listen(sent.id) as listener:
                claimed = await asyncio.to_thread(
                    submissions.claim, db, sent.judging_id, worker="w", lease_s=9, max_attempts=3
                )
                assert claimed is not None
                assert await listener.wait(30)
            assert not await other.wait(0.01)
        hearing.cancel()
        return [event.kind for event in events_of(db, sent.id)]

    assert asyncio.run(listen()) == ["queued", "judging"]
    db.close()


def test_who_waits_for_the_end_is_woken_by_nothing_else(broker: EmbeddedValkey) -> None:
    publisher = Publisher(broker.url)

    async def listen() -> tuple[bool, bool]:
        subscriber = Subscriber(broker.url)
        hearing = asyncio.create_task(subscriber.run())
        with (
            subscriber.listen("a") as follower,
            subscriber.listen("a", only_done=True) as waiter,
        ):
            assert await follower.wait(30)  # the hint at connecting
            assert await waiter.wait(30)
            publisher({"a": [event(1, "judging")]})
            assert await follower.wait(30)
            too_early = await waiter.wait(0.01)
            publisher({"a": [event(2, "done")]})
            assert await follower.wait(30)
            woken = await waiter.wait(30)
        hearing.cancel()
        return too_early, woken

    assert asyncio.run(listen()) == (False, True)
    publisher.close()


def event(id: int, kind: str, text: str = "") -> Event:
    """An event as it is after its commit."""
    return Event(id=id, kind=kind, data={"text": text}, at=9.0)


JUDGING = [event(4, "judging")]
TESTS = [event(5, "compiling"), event(7, "test")]
DONE = [event(9, "test"), event(12, "done")]


@pytest.mark.parametrize(
    ("before", "then", "brought"),
    [
        # Ids in between are other submissions'.
        ([JUDGING], [TESTS, DONE], [5, 7, 9, 12]),
        ([], [JUDGING], None),  # the claiming process can't know the event before it
        ([JUDGING, TESTS], [DONE], None),  # a hint got lost
        ([JUDGING], [TESTS, [event(8, "requeued")]], None),
        ([JUDGING, [event(5, "requeued")]], [[event(6, "test")]], None),
        ([JUDGING], [TESTS, []], None),  # something is new that is no event
        ([JUDGING, []], [TESTS], None),  # or events were stored that the sender doesn't know
        ([JUDGING], [[event(5, "test", "x" * 20_000)]], None),
    ],
)
def test_hints_bring_the_events_of_a_claim_or_send_to_the_table(
    broker: EmbeddedValkey,
    before: list[list[Event]],
    then: list[list[Event]],
    brought: list[int] | None,
) -> None:
    publisher = Publisher(broker.url)
    for events in before:
        publisher({"a": events})

    async def listen() -> list[EventView] | None:
        subscriber = Subscriber(broker.url)
        hearing = asyncio.create_task(subscriber.run())
        with subscriber.listen("a") as follower, subscriber.listen("b") as last:
            assert await follower.wait(30)  # the hint at connecting
            assert await last.wait(30)
            assert follower.events_after(4) is None
            for events in then:
                publisher({"a": events})
            publisher({"b": []})
            assert await last.wait(30)  # what was sent before it has come as well
            news = follower.events_after(4)
        hearing.cancel()
        return news

    news = asyncio.run(listen())
    assert brought == (None if news is None else [one.id for one in news])
    publisher.close()


def test_what_was_read_before_its_hint_came_is_not_told_again() -> None:
    listener = Listener()
    for after, ids in ((4, (5, 7)), (7, (9,))):
        listener.hint({"after": after, "events": [(id, "test", {}, 9.0) for id in ids]})
    news = listener.events_after(7)
    assert news is not None
    assert [one.id for one in news] == [9]


def test_a_subscription_outlives_the_broker(broker: EmbeddedValkey) -> None:
    async def listen() -> bool:
        subscriber = Subscriber(broker.url)
        with subscriber.listen("a") as listener:
            hearing = asyncio.create_task(subscriber.run())
            assert await listener.wait(30)
            assert broker.pid is not None
            os.kill(broker.pid, signal.SIGKILL)
            await asyncio.to_thread(broker.stop)
            await asyncio.to_thread(broker.start)
            heard = await listener.wait(30)
            hearing.cancel()
            return heard

    assert asyncio.run(listen())


def test_publishing_to_nobody_harms_nothing(tmp_path: Path) -> None:
    publisher = Publisher(f"unix://{tmp_path}/none")
    publisher({"a": [event(1, "judging")]})
    publisher({"a": [event(2, "done")], "b": []})
    publisher.close()
