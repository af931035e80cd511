"""Workarounds for Celery: two periodic steps of its consumer, and a shorter wait at child exit."""

from typing import Any

import structlog
from billiard import pool
from celery import bootsteps
from celery.worker import state

log = structlog.get_logger(__name__)


_LAST_MESSAGES_TRIES = 10  # a tenth of a second each


def shorten_farewells() -> None:
    """Let an ending child wait one second, not 30, for the main process to read its last messages.

    If both end, the main process may already wait for the child and read no more messages. The
    child's results are in the database.
    """
    pool.GUARANTEE_MESSAGE_CONSUMPTION_RETRY_LIMIT = _LAST_MESSAGES_TRIES


class _PeriodicStep(bootsteps.StartStopStep):
    """Calls `look` from the event loop's timer while the consumer has a connection."""

    requires = ("celery.worker.consumer.tasks:Tasks",)
    every_s: float

    def __init__(self, consumer: Any, **_: Any) -> None:
        super().__init__(consumer)
        self._timer: Any = None

    def start(self, consumer: Any) -> None:
        """Start the timer when the consumer has a connection."""
        self._timer = consumer.timer.call_repeatedly(self.every_s, self.look, (consumer,))

    def stop(self, consumer: Any) -> None:  # noqa: ARG002 - Celery's signature
        """Stop the timer when the consumer has lost its connection, or ends."""
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def look(self, consumer: Any) -> None:
        """Do the periodic work, every `every_s` seconds."""
        raise NotImplementedError


class LostChildren(_PeriodicStep):
    """Notices soon that a child of the pool has died.

    A dying process closes its files a moment before the kernel lets its parent wait for it. When
    its pipe closes, Celery checks once whether the child has ended. About one time in five it
    hasn't yet, and Celery checks again only after five seconds, in which the child's judging isn't
    done. So this step checks more often.
    """

    every_s = 0.2

    def look(self, consumer: Any) -> None:
        """Remove ended children, report their tasks, start new children."""
        consumer.pool.maintain_pool()


class LostAcks(_PeriodicStep):
    """Repeats acknowledgements that were lost while the broker was away for a short time.

    Celery only logs a failed acknowledgement: it expects that the broken connection ends the
    consumer, and the next one counts again from zero. But redis-py reconnects by itself: if the
    broker is back soon enough, the consumer notices nothing, and the message still counts against
    the prefetch limit. After as many such messages as there are children, the worker never asks for
    another message, although it looks healthy.

    So this step compares the messages that count with Celery's requests, and acknowledges those
    without a request.
    """

    every_s = 1.0

    def start(self, consumer: Any) -> None:
        """Start with a new connection, without suspects."""
        self._suspects: set[str] = set()
        super().start(consumer)

    def look(self, consumer: Any) -> None:
        """Acknowledge messages that had no request in this call and the previous one."""
        # kombu has no public name for the messages that count against the limit. If one of these
        # private names goes, the timer logs an error each time and a test fails.
        qos = consumer.task_consumer.channel.qos
        counted = set(qos._delivered) - qos._dirty
        orphans = counted - {each.message.delivery_tag for each in state.reserved_requests}
        # Twice in a row, because between a task's end and its acknowledgement it is normal.
        for tag in orphans & self._suspects:
            # If this fails too, the event loop treats it as a lost connection and reconnects.
            qos.ack(tag)
            log.warning("acknowledged again", delivery_tag=tag)
        self._suspects = orphans
