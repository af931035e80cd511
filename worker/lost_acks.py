"""Mends a worker that goes deaf: acknowledgements that a short absence of the broker swallowed.

Celery only logs when an acknowledgement fails, trusting that the broken connection ends the
consumer, which would count anew. But redis-py connects again by itself: when the broker is back
soon enough, the consumer never notices, and the message stays among those that count against the
prefetch limit. After as many of these as there are children, the worker asks for nothing any
more, for ever, while it looks healthy.

So we look at what counts as under way, and acknowledge what no request stands behind.
"""

from typing import Any

import structlog
from celery import bootsteps
from celery.worker import state

log = structlog.get_logger(__name__)

_LOOK_EVERY_S = 1.0


class LostAcks(bootsteps.StartStopStep):
    """A step of Celery's consumer; it looks around from the event loop's timer."""

    requires = ("celery.worker.consumer.tasks:Tasks",)

    def __init__(self, consumer: Any, **_: Any) -> None:
        super().__init__(consumer)
        self._suspects: set[str] = set()
        self._timer: Any = None

    def start(self, consumer: Any) -> None:
        """The consumer has a connection: begin to look."""
        self._suspects = set()
        self._timer = consumer.timer.call_repeatedly(_LOOK_EVERY_S, self._look, (consumer,))

    def stop(self, consumer: Any) -> None:  # noqa: ARG002 - Celery's signature
        """The consumer has lost its connection, or ends."""
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def _look(self, consumer: Any) -> None:
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
