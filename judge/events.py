"""Events of submissions: rows that are appended, and hints that there are new ones.

An event is written in the transaction that makes it true. After the commit a hint is published on
the broker. A lost hint costs a delay and a doubled one nothing, because each listener also reads
the table every few seconds.

There are two kinds of channels. A process subscribes to a submission's channel only while it has
followers; a hint there may contain the events themselves, so that followers need not read the
table. The one channel `DONE` carries only ids of submissions that are done; nothing else wakes a
request that waits for a verdict.
"""

import asyncio
import contextlib
import itertools
import json
import threading
import time
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import structlog
from redis.asyncio import Redis as AsyncRedis
from redis.asyncio.client import PubSub
from redis.asyncio.retry import Retry as AsyncRetry
from redis.backoff import NoBackoff
from redis.exceptions import RedisError
from sqlalchemy import bindparam, delete, insert, select
from sqlalchemy.orm import Session

from judge import broker
from judge.db.models import Event, Judging
from judge.db.session import Database, announce_after_commit
from judge.states import State

log = structlog.get_logger(__name__)

BOARDS = "boards"
"""Takes the place of a submission's id in hints that boards may have changed."""
CHANNEL = "submission:"
"""The prefix of a channel's name; a submission's id or `BOARDS` follows."""
DONE = "done"
"""The channel whose hints are the ids of submissions that are done."""
_OF_A_CLAIM = frozenset({"compiling", "test", "done"})
"""Events that only the claim's holder appends: the process that has appended `judging`."""
_LONGEST_NEWS = 16384
"""In bytes: a longer hint is sent without its events, and they are read in the table."""
_MOST_NEWS = 64
"""How many hints with events a listener holds; a slower follower reads the table."""
_PUBLISH_TIMEOUT_S = 0.5
_QUIET_AFTER_FAILURE_S = 5.0
_RECONNECT_S = 1.0


@dataclass(frozen=True, slots=True)
class EventView:
    """One event: `id` grows within a submission; `kind` is SSE's event name; `at` in epoch s."""

    id: int
    kind: str
    data: Mapping[str, Any]
    at: float


def append_all(
    db: Database,
    session: Session,
    *,
    submission_id: str,
    judging_id: str,
    happened: Sequence[tuple[str, Mapping[str, Any]]],
) -> None:
    """Append events (kind, data) in the caller's transaction, in this order.

    The caller must have changed a row of this submission in the transaction before: that row's
    lock makes the ids of a submission's events grow in commit order.
    """
    # Sends the row's change first, which takes the row's lock.
    session.flush()
    fields = {"submission_id": submission_id, "judging_id": judging_id, "at": db.now(session)}
    rows = [{**fields, "kind": kind, "data": dict(data)} for kind, data in happened]
    # Ids are assigned in the rows' order, but may be returned in any order.
    ids = sorted(session.connection().execute(_APPEND, rows).scalars())
    for id, row in zip(ids, rows, strict=True):
        announce_after_commit(session, submission_id, Event(id=id, **row))


_event = Event.__table__.c
# Built once, not for each judging or each of thousands of followers.
_APPEND = insert(Event).returning(_event.id)
_EVENTS_AFTER = (
    select(_event.submission_id, _event.id, _event.kind, _event.data, _event.at)
    .where(_event.submission_id.in_(bindparam("submission_ids", expanding=True)))
    .where(_event.id > bindparam("after"))
    .order_by(_event.id)
)


def replay_all(db: Database, asked: Sequence[tuple[str, int]]) -> list[list[EventView]]:
    """For each (submission id, after id), that submission's events with a greater id, oldest
    first; all in one query."""
    wanted = {
        "submission_ids": list({submission_id for submission_id, _ in asked}),
        "after": min(after_id for _, after_id in asked),
    }
    found: dict[str, list[EventView]] = {}
    with db.read_columns() as connection:
        for submission_id, *fields in connection.execute(_EVENTS_AFTER, wanted):
            found.setdefault(submission_id, []).append(EventView(*fields))
    return [
        [event for event in found.get(submission_id, ()) if event.id > after_id]
        for submission_id, after_id in asked
    ]


def forget_old(db: Database, kept_s: float, at_a_time: int = 1000) -> bool:
    """Delete the oldest events, at most `at_a_time`, that are older than `kept_s` seconds and whose
    judging is done; return whether there may be more. Raises UnavailableError.

    A submission's result is in its own rows: events are only for its followers.
    """
    query = (
        select(Event.id, Event.at)
        .join(Judging, Judging.id == Event.judging_id)
        # The state is compared here and not below, so that events of a judging that waits for ever
        # take no place among the oldest. The time is compared below: it has no index, so that a
        # search by time would read the whole table.
        .where(Judging.state == State.DONE)
        .order_by(Event.id)
        .limit(at_a_time)
    )
    with db.write() as session:
        before = db.now(session) - kept_s
        old = [row.id for row in session.execute(query) if row.at < before]
        session.execute(delete(Event).where(Event.id.in_(old)))
    return len(old) == at_a_time


class Publisher:
    """Publishes hints after commits; pass it to `Database(announce=...)`.

    It never raises and never waits for long: after a failure it publishes nothing for a few
    seconds, because a broker that hangs must not slow down every write.
    """

    def __init__(self, broker_url: str) -> None:
        self._redis = broker.connect(broker_url, _PUBLISH_TIMEOUT_S)
        self._quiet_until = 0.0
        # The submission that this process judges, and the newest event that it appended to it.
        self._newest: tuple[str, int] = ("", 0)
        self._lock = threading.Lock()

    def __call__(self, changed: Mapping[str, Sequence[Event]]) -> None:
        """Publish what a transaction appended to each of these submissions. No events mean that
        something else about the submission has changed."""
        # Before anything can fail: if these events are not sent, the next hint shows the gap.
        hints = [(id, self._news(id, events)) for id, events in changed.items()]
        done = [id for id, events in changed.items() if any(one.kind == "done" for one in events)]
        if time.monotonic() < self._quiet_until:
            return
        try:
            # No MULTI: the hints need one round trip, but some may arrive without the others.
            with self._redis.pipeline(transaction=False) as pipeline:
                for submission_id, news in hints:
                    pipeline.publish(CHANNEL + submission_id, news)
                for submission_id in done:
                    pipeline.publish(DONE, submission_id)
                pipeline.execute()
        except (RedisError, OSError) as error:
            with self._lock:
                self._quiet_until = time.monotonic() + _QUIET_AFTER_FAILURE_S
            log.warning("publishing failed", error=str(error))

    def _news(self, submission_id: str, events: Sequence[Event]) -> str:
        """The events as JSON, with the id of the event before them; empty if listeners must read
        the table.

        Only the holder of a judging's claim knows for sure which event came before its own, and
        only for events that it appends itself, because another writer takes the claim first.
        """
        if not events:
            # There may be events of this process whose commit it was not told of.
            with self._lock:
                if self._newest[0] == submission_id:
                    self._newest = ("", 0)
            return ""
        kinds = {one.kind for one in events}
        with self._lock:
            judged, after = self._newest
            follows = judged == submission_id and kinds <= _OF_A_CLAIM
            holds = follows or kinds == {"judging"}
            self._newest = (submission_id, events[-1].id) if holds else ("", 0)
        if not follows:
            return ""
        told = [(one.id, one.kind, one.data, one.at) for one in events]
        news = json.dumps({"after": after, "events": told}, separators=(",", ":"))
        return news if len(news) <= _LONGEST_NEWS else ""

    def close(self) -> None:
        """Close the connections."""
        self._redis.close()


class Listener:
    """Waits for hints about one submission, and holds the events that they contain."""

    def __init__(self) -> None:
        self._hinted = asyncio.Event()
        self._news: list[Mapping[str, Any]] = []
        self._must_look = False

    def hint(self, news: Mapping[str, Any] | None = None) -> None:
        """Note that there may be new events; `news` has all of them, if given."""
        if news is None or len(self._news) >= _MOST_NEWS:
            self._must_look = True
        else:
            self._news.append(news)
        self._hinted.set()

    async def wait(self, timeout_s: float) -> bool:
        """Wait for the next hint (True), at most `timeout_s` (False); uses up a pending hint."""
        try:
            async with asyncio.timeout(timeout_s):
                await self._hinted.wait()
        except TimeoutError:
            return False
        self._hinted.clear()
        return True

    def events_after(self, id: int) -> list[EventView] | None:
        """The events after the one with this id, from the hints since the last call. None if some
        may be missing: then read the table."""
        news, self._news = self._news, []
        must_look, self._must_look = self._must_look, False
        events: list[EventView] = []
        for one in news:
            after = events[-1].id if events else id
            told = [EventView(*fields) for fields in one["events"]]
            # The caller has already read these events in the table.
            if told[-1].id <= after:
                continue
            must_look = must_look or one["after"] != after
            events += told
        return None if must_look else events


class Subscriber:
    """One subscription for a whole process; it wakes the process's listeners.

    All but the constructor belongs to one event loop. `run` is a task that lives as long as the
    process; while the broker is unreachable it retries, and listeners get no hints.
    """

    def __init__(self, broker_url: str) -> None:
        self._url = broker_url
        # By submission: listeners that follow it, and listeners that wait only until it is done.
        self._followers: dict[str, set[Listener]] = {}
        self._waiters: dict[str, set[Listener]] = {}
        # Submissions that got their first follower or lost their last since the last change.
        self._touched: set[str] = set()
        self._to_change = asyncio.Event()

    @contextlib.contextmanager
    def listen(self, submission_id: str, *, only_done: bool = False) -> Iterator[Listener]:
        """Yield a listener for hints about `submission_id` inside the block; with `only_done`, only
        for the hint that it is done. Listen first, then read the table."""
        listeners = self._waiters if only_done else self._followers
        listener = Listener()
        self._add(listeners, submission_id, listener)
        try:
            yield listener
        finally:
            self._remove(listeners, submission_id, listener)

    @contextlib.contextmanager
    def listen_to_any(self, submission_ids: Collection[str]) -> Iterator[Listener]:
        """Yield a listener that gets a hint inside the block when one of these is done."""
        listener = Listener()
        for each in submission_ids:
            self._add(self._waiters, each, listener)
        try:
            yield listener
        finally:
            for each in submission_ids:
                self._remove(self._waiters, each, listener)

    def _add(self, listeners: dict[str, set[Listener]], id: str, listener: Listener) -> None:
        listeners.setdefault(id, set()).add(listener)
        self._touch(id)

    def _remove(self, listeners: dict[str, set[Listener]], id: str, listener: Listener) -> None:
        remaining = listeners[id]
        remaining.discard(listener)
        # Ids without a listener must not pile up.
        if not remaining:
            del listeners[id]
            self._touch(id)

    def _touch(self, submission_id: str) -> None:
        self._touched.add(submission_id)
        self._to_change.set()

    async def run(self) -> None:
        """Read the broker's messages until cancelled."""
        while True:
            try:
                await self._hear()
            except* (RedisError, OSError) as group:
                log.warning("subscription broke", error=str(group.exceptions[0]))
            await asyncio.sleep(_RECONNECT_S)

    async def _hear(self) -> None:
        # The health check notices a connection that was cut silently. redis-py must not retry by
        # itself: after a new subscription all listeners must be woken.
        redis = AsyncRedis.from_url(
            self._url, health_check_interval=10, retry=AsyncRetry(NoBackoff(), 0)
        )
        async with redis, redis.pubsub() as subscription:
            await subscription.subscribe(DONE)
            self._touched |= self._followers.keys()
            async with asyncio.TaskGroup() as group:
                group.create_task(self._keep_subscribed(subscription))
                async for message in subscription.listen():
                    self._pass_on(message["type"], message["channel"].decode(), message["data"])

    async def _keep_subscribed(self, subscription: PubSub) -> None:
        """Stay subscribed to the submissions that have followers, and to no others."""
        subscribed: set[str] = set()
        while True:
            touched, self._touched = self._touched, set()
            new = (touched & self._followers.keys()) - subscribed
            left = (touched - self._followers.keys()) & subscribed
            if new:
                await subscription.subscribe(*(CHANNEL + id for id in new))
            if left:
                await subscription.unsubscribe(*(CHANNEL + id for id in left))
            subscribed = (subscribed | new) - left
            await self._to_change.wait()
            self._to_change.clear()

    def _pass_on(self, kind: str, channel: str, data: bytes) -> None:
        submission_id = channel.removeprefix(CHANNEL)
        if kind == "message" and channel == DONE:
            for waiter in self._waiters.get(data.decode(), ()):
                waiter.hint()
        elif kind == "message" and (followers := self._followers.get(submission_id)):
            news = json.loads(data) if data else None
            for follower in followers:
                follower.hint(news)
        # Hints may have been missed while there was no subscription.
        elif kind == "subscribe" and channel == DONE:
            for waiter in itertools.chain(*self._waiters.values()):
                waiter.hint()
        elif kind == "subscribe":
            for follower in self._followers.get(submission_id, ()):
                follower.hint()
