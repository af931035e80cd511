"""Celery as `judge` knows it: settings that every process shares, and sending hints.

A message says only that a judging may be waiting; the row in the database says whether it is.
Losing or doubling a message is harmless, so nothing here waits for the broker longer than it must.
"""

import base64
import json
import socket
import ssl
import threading
import time
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache

import structlog
from celery import Celery
from redis.exceptions import RedisError

from judge import broker
from judge.events import BOARDS, CHANNEL
from judge.ids import new_id
from judge.labels import queue_of
from judge.settings import Settings
from judge.states import BACKGROUND, TIMING_QUEUE, Purpose

log = structlog.get_logger(__name__)

TASK = "shousi.judge_submission"
TIMING_TASK = "shousi.time_submission"
CHORES_TASK = "shousi.do_chores"
_QUIET_AFTER_FAILURE_S = 5.0
_TIMEOUT_S = 3.0
_CONNECT_TIMEOUT_S = 2.0

_SETTINGS = {
    "task_ignore_result": True,
    "task_acks_late": True,
    # True would deliver a task that kills its process again and again.
    "task_reject_on_worker_lost": False,
    "task_publish_retry": False,
    "task_default_queue": "interactive",
    "task_create_missing_queues": True,
    "task_serializer": "json",
    "accept_content": ["json"],
    # A message that a busy process has fetched would wait while another process is free.
    "worker_prefetch_multiplier": 1,
    "worker_enable_remote_control": False,
    "worker_hijack_root_logger": False,
    "broker_connection_retry_on_startup": True,
    "broker_connection_max_retries": None,
    "broker_connection_timeout": 2,
    "broker_transport_options": {
        # Seconds. A message that is not acknowledged comes again then: no judging takes a day.
        "visibility_timeout": 86400,
        "socket_timeout": 3,
        "socket_connect_timeout": 2,
        "socket_keepalive": True,
        # A broken link is silent: the kernel probes it after 5 s, and gives up after 8 s.
        "socket_keepalive_options": {
            socket.TCP_KEEPIDLE: 5,
            socket.TCP_KEEPINTVL: 2,
            socket.TCP_USER_TIMEOUT: 8000,
        },
        "health_check_interval": 10,
        "unacked_restore_interval": 10,
        "unacked_restore_throttle": 1,
        # In the order of -Q: submissions that a person waits for go before rejudges.
        "queue_order_strategy": "priority",
    },
}


def make_app(settings: Settings) -> Celery:
    """A Celery application on `settings.broker_url`, with settings for tasks that are hints."""
    # redis-py's unix://PATH is kombu's redis+socket://PATH.
    url = settings.broker_url
    if url.startswith("unix://"):
        url = url.replace("unix://", "redis+socket://", 1)
    app = Celery("shousi", broker=url, set_as_current=False)
    app.conf.update(_SETTINGS)
    if url.startswith("rediss://"):
        # By default kombu would accept any certificate. Options in the URL override this.
        app.conf.broker_use_ssl = {"ssl_cert_reqs": ssl.CERT_REQUIRED}
    return app


def enqueue(settings: Settings, judging_id: str, purpose: Purpose, requires: str = "") -> bool:
    """Send the hint that `judging_id` waits for a worker with the labels that it `requires`. False
    if the broker did not take it; that is only logged, because the reconciler sends it again.
    Returns within 4 s."""
    return enqueue_all(settings, [(judging_id, purpose, requires)])


def enqueue_all(
    settings: Settings, judgings: Sequence[tuple[str, Purpose, str]], *, moved_boards: bool = False
) -> bool:
    """Send several such hints in one round trip: all of them, or none. With `moved_boards`, the
    same round trip tells the followers of boards that these have changed."""
    hints = [
        Hint(TASK, (judging_id,), queue_of(purpose.queue, requires))
        for judging_id, purpose, requires in judgings
    ]
    return _sender(settings).send(hints, moved_boards=moved_boards)


def enqueue_timing(settings: Settings, judging_id: str) -> bool:
    """Send the hint to time a finished judging again when nothing else waits; see `enqueue`."""
    return _sender(settings).send([Hint(TIMING_TASK, (judging_id,), TIMING_QUEUE)])


def enqueue_chores(settings: Settings, requires: str = "") -> bool:
    """Send the hint that some chore waits (see `judge.background_jobs`); otherwise as `enqueue`."""
    return _sender(settings).send([Hint(CHORES_TASK, (), queue_of(BACKGROUND, requires))])


def forget_connections() -> None:
    """In a forked child: forget the parent's connections without closing them."""
    _sender.cache_clear()


@dataclass(frozen=True, slots=True)
class Hint:
    """A message to send: the task, its arguments, and the queue."""

    task: str
    arguments: tuple[str, ...]
    queue: str


class _Sender:
    """Sends messages; one per broker and process. After a failure it gives up at once for some
    seconds, so that a broker that hangs costs each thread of the API one time-out, not one for each
    request.

    Celery builds the messages, but they are sent as kombu's Redis transport stores them (a list for
    each queue), many at a time: Celery's own way takes longer than the submission's transaction.
    """

    def __init__(self, app: Celery, broker_url: str) -> None:
        self._app = app
        self._redis = broker.connect(broker_url, _TIMEOUT_S, _CONNECT_TIMEOUT_S)
        self._lock = threading.Lock()
        self._quiet_until = 0.0

    def send(self, hints: Sequence[Hint], *, moved_boards: bool = False) -> bool:
        # Read without the lock: a thread that sees the old time waits for one time-out in vain.
        if time.monotonic() < self._quiet_until:
            return False
        try:
            # MULTI: all of the hints arrive, or none.
            with self._redis.pipeline(transaction=True) as pipeline:
                for hint in hints:
                    pipeline.lpush(hint.queue, self._message(hint))
                if moved_boards:
                    pipeline.publish(CHANNEL + BOARDS, "")
                pipeline.execute()
        except (RedisError, OSError) as error:
            with self._lock:
                self._quiet_until = time.monotonic() + _QUIET_AFTER_FAILURE_S
            log.warning("messages not sent", number=len(hints), error=str(error))
            return False
        return True

    def _message(self, hint: Hint) -> str:
        """Celery's message in kombu's envelope (kombu.transport.virtual.Channel)."""
        made = self._app.amqp.create_task_message(new_id(), hint.task, hint.arguments, {})
        envelope = {
            "body": base64.b64encode(json.dumps(made.body).encode()).decode(),
            "content-type": "application/json",
            "content-encoding": "utf-8",
            "headers": made.headers,
            "properties": {
                **made.properties,
                # delivery_mode 2 is AMQP's "persistent".
                "delivery_mode": 2,
                "delivery_info": {"exchange": "", "routing_key": hint.queue},
                "priority": 0,
                "body_encoding": "base64",
                "delivery_tag": new_id(),
            },
        }
        return json.dumps(envelope)


@cache
def _sender(settings: Settings) -> _Sender:
    return _Sender(make_app(settings), settings.broker_url)
