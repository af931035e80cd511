"""Wakes those who wait for a submission: long polls and event streams.

One task per process holds one pub/sub subscription to all submissions' channels. A message is
only a hint that something was committed: whoever is woken reads the database. So a hint that is
lost (a dead broker, a reconnection) delays a reader until it next looks by itself, and a burst
of hints folds into one look. Nothing is queued, whatever the number of readers.
"""

import asyncio
import logging
from collections.abc import Iterator
from contextlib import contextmanager, suppress

from redis.asyncio import Redis
from redis.exceptions import RedisError

log = logging.getLogger(__name__)

CHANNELS = "submission:*"
RECONNECT_S = 1.0


class Watch:
    """One reader's wake-up call."""

    def __init__(self) -> None:
        self._woken = asyncio.Event()
        self.closing = False
        """The process is stopping: answer with what there is."""

    def wake(self) -> None:
        self._woken.set()

    async def wait(self, timeout_s: float) -> bool:
        """Until the next hint, or `timeout_s` seconds; whether there was a hint."""
        with suppress(TimeoutError):
            await asyncio.wait_for(self._woken.wait(), timeout_s)
        woken = self._woken.is_set()
        self._woken.clear()
        return woken


class LiveHints:
    """The process's subscription, and who waits for which submission. Belongs to one event loop."""

    def __init__(self, broker_url: str) -> None:
        self._broker_url = broker_url
        self._watches: dict[str, set[Watch]] = {}
        self._closing = False

    @contextmanager
    def watch(self, submission_id: str) -> Iterator[Watch]:
        """Hints about one submission, from now on: watch first, then read the database."""
        watch = Watch()
        watch.closing = self._closing
        self._watches.setdefault(submission_id, set()).add(watch)
        try:
            yield watch
        finally:
            watches = self._watches[submission_id]
            watches.discard(watch)
            if not watches:
                del self._watches[submission_id]

    def close(self) -> None:
        """Send everyone home; later watches start closed."""
        self._closing = True
        for watch in self._everyone():
            watch.closing = True
            watch.wake()

    async def listen(self) -> None:
        """Hold the subscription until cancelled; a broker that is away is tried again."""
        while True:
            try:
                await self._subscribed()
            except (RedisError, OSError) as error:
                log.warning("live hints: no broker (%s), next try in %s s", error, RECONNECT_S)
            await asyncio.sleep(RECONNECT_S)

    async def _subscribed(self) -> None:
        client = Redis.from_url(self._broker_url, health_check_interval=10)
        async with client, client.pubsub(ignore_subscribe_messages=True) as subscription:
            await subscription.psubscribe(CHANNELS)
            # What was published while nobody listened is lost: let everyone look once.
            for watch in self._everyone():
                watch.wake()
            async for message in subscription.listen():
                self._hint(message["channel"].decode(errors="replace"))

    def _hint(self, channel: str) -> None:
        for watch in self._watches.get(channel.removeprefix("submission:"), ()):
            watch.wake()

    def _everyone(self) -> list[Watch]:
        return [watch for watches in self._watches.values() for watch in watches]
