"""What Celery itself misses: two steps of its consumer that look around now and then, and how
long a child waits at its end."""

from typing import Any

import structlog
from billiard import pool
from celery import bootsteps
from celery.worker import state

log = structlog.get_logger(__name__)


_LAST_WORDS_TRIES = 10  # a tenth of a second each


def shorten_farewells() -> None:
    """Let a child that ends wait a second, and not 30, for the main process to hear its last words.

    When both end, the main process may wait for the child already and hear nothing any more. What
    the child had to say is in the database.
    """
    pool.GUARANTEE_MESSAGE_CONSUMPTION_RETRY_LIMIT = _LAST_WORDS_TRIES


class _LooksAround(bootsteps.StartStopStep):
    """Calls `look` from the event loop's timer while the consumer has a connection."""

    requires = ("celery.worker.consumer.tasks:Tasks",)
    every_s: float

    def __init__(self, consumer: Any, **_: Any) -> None:
        super().__init__(consumer)
        self._timer: Any = None

    def start(self, consumer: Any) -> None:
        """The consumer has a connection: begin to look."""
        self._timer = consumer.timer.call_repeatedly(self.every_s, self.look, (consumer,))

    def stop(self, consumer: Any) -> None:  # noqa: ARG002 - Celery's signature
        """The consumer has lost its connection, or ends."""
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def look(self, consumer: Any) -> None:
        """What is done every `every_s` seconds."""
        raise NotImplementedError


class LostChildren(_LooksAround):
    """Notices at once that a child of the pool died.

    A dying process closes its files a moment before the kernel lets anybody wait for it. Celery
    takes the closed pipe as the sign, asks once whether the child is gone, hears "not yet" about
    one time in five, and then asks again only after five seconds, in which nobody works on what
    the child held. So we ask more often.
    """

    every_s = 0.2

    def look(self, consumer: Any) -> None:
        """Take away children that ended, report what they held, start new ones."""
        consumer.pool.maintain_pool()


class LostAcks(_LooksAround):
    """Mends a worker that goes deaf: acknowledgements that a broker's short absence swallowed.

    Celery only logs when an acknowledgement fails, trusting that the broken connection ends the
    consumer, which would count anew. But redis-py connects again by itself: when the broker is
    back soon enough, the consumer never notices, and the message stays among those that count
    against the prefetch limit. After as many of these as there are children, the worker asks for
    nothing any more, for ever, while it looks healthy.

    So we look at what counts as under way, and acknowledge what no request stands behind.
    """

    every_s = 1.0

    def start(self, consumer: Any) -> None:
        """The consumer has a connection, on which nothing is under suspicion yet."""
        self._suspects: set[str] = set()
        super().start(consumer)

    def look(self, consumer: Any) -> None:
        """Acknowledge what was an orphan at the last look too."""
        # kombu has no public word for what counts against the limit. Should one of these names
        # go, the timer logs an error at each look and the test of a restarted broker fails.
        qos = consumer.task_consumer.channel.qos
        counted = set(qos._delivered) - qos._dirty
        orphans = counted - {each.message.delivery_tag for each in state.reserved_requests}
        # Twice in a row: between the end of a task and its acknowledgement nothing is wrong.
        for tag in orphans & self._suspects:
            # If this fails too, the event loop takes it for what it is, and connects anew.
            qos.ack(tag)
            log.warning("acknowledged again", delivery_tag=tag)
        self._suspects = orphans
