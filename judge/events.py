"""What happened to submissions: rows that are appended, and hints that there are new ones.

An event is written in the transaction that makes it true. After the commit its submission's id
is published on the broker, as a hint only: whoever listens reads the table, so that a lost hint
costs a delay and a doubled one nothing. Listeners therefore hold at most one pending hint each,
however many events come, and look at the table every few seconds without any hint.
"""

import asyncio
import contextlib
import threading
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import structlog
from redis import Redis
from redis.asyncio import Redis as AsyncRedis
from redis.backoff import NoBackoff
from redis.exceptions import RedisError
from redis.retry import Retry
from sqlalchemy import select
from sqlalchemy.orm import Session

from judge.db.models import Event
from judge.db.session import Database, announce_after_commit

log = structlog.get_logger(__name__)

_CHANNEL = "submission:"
_DONE = b"done"
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


def append(
    db: Database,
    session: Session,
    *,
    submission_id: str,
    judging_id: str,
    kind: str,
    data: Mapping[str, Any],
) -> None:
    """Append an event in the caller's transaction.

    The caller has changed a row of this submission in the same transaction before: that row's
    lock is what makes the ids of one submission's events grow in commit order.
    """
    event = Event(
        submission_id=submission_id,
        judging_id=judging_id,
        kind=kind,
        data=dict(data),
        at=db.now(session),
    )
    session.add(event)
    announce_after_commit(session, submission_id, done=kind == "done")


def replay_all(db: Database, asked: Sequence[tuple[str, int]]) -> list[list[EventView]]:
    """For each (submission id, after id) that submission's events with a greater id, oldest first.
    All in one query."""
    query = (
        select(Event)
        .where(Event.submission_id.in_({submission_id for submission_id, _ in asked}))
        .where(Event.id > min(after_id for _, after_id in asked))
        .order_by(Event.id)
    )
    found: dict[str, list[EventView]] = {}
    with db.read() as session:
        for e in session.scalars(query):
            view = EventView(e.id, e.kind, e.data, e.at)
            found.setdefault(e.submission_id, []).append(view)
    return [
        [event for event in found.get(submission_id, ()) if event.id > after_id]
        for submission_id, after_id in asked
    ]


class Publisher:
    """Publishes hints after commits; hand it to `Database(announce=...)`.

    Never raises and never waits for long: after a failure it keeps quiet for a few seconds, for
    a broker that hangs must not slow every write down.
    """

    def __init__(self, broker_url: str) -> None:
        self._redis = Redis.from_url(
            broker_url,
            socket_timeout=_PUBLISH_TIMEOUT_S,
            socket_connect_timeout=_PUBLISH_TIMEOUT_S,
            # redis-py would try again by itself, and the writer who announces would wait for it.
            retry=Retry(NoBackoff(), 0),
        )
        self._quiet_until = 0.0
        self._lock = threading.Lock()

    def __call__(self, submissions: Mapping[str, bool]) -> None:
        """Publish that each of these submissions has new events, and whether it is done."""
        if time.monotonic() < self._quiet_until:
            return
        try:
            # No MULTI: the hints need one round trip, but not all to arrive or none.
            with self._redis.pipeline(transaction=False) as pipeline:
                for submission_id, done in submissions.items():
                    pipeline.publish(_CHANNEL + submission_id, _DONE if done else b"")
                pipeline.execute()
        except (RedisError, OSError) as error:
            with self._lock:
                self._quiet_until = time.monotonic() + _QUIET_AFTER_FAILURE_S
            log.warning("publishing failed", error=str(error))

    def close(self) -> None:
        """Close the connections."""
        self._redis.close()


class Listener:
    """Waits for hints about one submission; `only_done` for those that it is done."""

    def __init__(self, only_done: bool = False) -> None:
        self.only_done = only_done
        self._hinted = asyncio.Event()

    def hint(self) -> None:
        """There may be something new."""
        self._hinted.set()

    async def wait(self, timeout_s: float) -> bool:
        """Until the next hint (True) or for `timeout_s` (False); a pending hint is used up."""
        try:
            await asyncio.wait_for(self._hinted.wait(), timeout_s)
        except TimeoutError:
            return False
        self._hinted.clear()
        return True


class Subscriber:
    """One subscription for a whole process, which wakes the process's listeners.

    Everything but the constructor belongs to one event loop. `run` is a task that lives as long as
    the process; while the broker is away it tries again, and listeners get no hints.
    """

    def __init__(self, broker_url: str) -> None:
        self._url = broker_url
        self._listeners: dict[str, set[Listener]] = {}

    @contextlib.contextmanager
    def listen(self, submission_id: str, *, only_done: bool = False) -> Iterator[Listener]:
        """Get hints about `submission_id` inside the block; with `only_done`, that it is done.
        Listen first, then read the table."""
        listener = Listener(only_done)
        self._listeners.setdefault(submission_id, set()).add(listener)
        try:
            yield listener
        finally:
            remaining = self._listeners[submission_id]
            remaining.discard(listener)
            # Ids that nobody waits for any more must not pile up.
            if not remaining:
                del self._listeners[submission_id]

    async def run(self) -> None:
        """Read the broker's messages until cancelled."""
        while True:
            try:
                await self._hear()
            except (RedisError, OSError) as error:
                log.warning("subscription broke", error=str(error))
            await asyncio.sleep(_RECONNECT_S)

    async def _hear(self) -> None:
        # The check notices a connection that was cut without a word.
        redis = AsyncRedis.from_url(self._url, health_check_interval=10)
        async with redis, redis.pubsub() as subscription:
            await subscription.psubscribe(_CHANNEL + "*")
            # Something may have been missed while there was no subscription.
            for listeners in self._listeners.values():
                for listener in listeners:
                    listener.hint()
            async for message in subscription.listen():
                if message["type"] == "pmessage":
                    submission_id = message["channel"].decode()[len(_CHANNEL) :]
                    for listener in self._listeners.get(submission_id, ()):
                        if message["data"] == _DONE or not listener.only_done:
                            listener.hint()
