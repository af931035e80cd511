"""Celery as `judge` knows it: settings that every process shares, and sending hints.

A message says only that a judging may be waiting; the row in the database says whether it is.
Losing or doubling one is harmless, so that nothing here waits for the broker longer than it must.
"""

import threading
import time
from functools import cache

import structlog
from celery import Celery
from kombu.exceptions import KombuError
from redis.exceptions import RedisError

from judge.settings import Settings
from judge.states import BACKGROUND, TIMING_QUEUE, Purpose

log = structlog.get_logger(__name__)

TASK = "shousi.judge_submission"
TIMING_TASK = "shousi.time_submission"
CHORES_TASK = "shousi.do_chores"
_QUIET_AFTER_FAILURE_S = 5.0

_SETTINGS = {
    "task_ignore_result": True,
    "task_acks_late": True,
    # True would have a task that kills its process delivered again for ever.
    "task_reject_on_worker_lost": False,
    "task_publish_retry": False,
    "task_default_queue": "interactive",
    "task_create_missing_queues": True,
    "task_serializer": "json",
    "accept_content": ["json"],
    "worker_prefetch_multiplier": 1,
    "worker_enable_remote_control": False,
    "worker_hijack_root_logger": False,
    "broker_connection_retry_on_startup": True,
    "broker_connection_max_retries": None,
    "broker_connection_timeout": 2,
    # More than an API process has threads: a sender must not wait for another's connection.
    "broker_pool_limit": 100,
    "broker_transport_options": {
        "visibility_timeout": 86400,
        "socket_timeout": 3,
        "socket_connect_timeout": 2,
        "socket_keepalive": True,
        "health_check_interval": 10,
        "unacked_restore_interval": 10,
        "unacked_restore_throttle": 1,
        # In the order of -Q: what a person waits for goes before what is judged again.
        "queue_order_strategy": "priority",
    },
}


def make_app(settings: Settings) -> Celery:
    """A Celery application on `settings.broker_url`, with the settings that make hints of tasks."""
    app = Celery("shousi", broker=_celery_url(settings.broker_url), set_as_current=False)
    app.conf.update(_SETTINGS)
    return app


def enqueue(settings: Settings, judging_id: str, purpose: Purpose) -> bool:
    """Send the hint that `judging_id` waits. False when the broker did not take it, which is
    logged only: the reconciler sends it again. Returns within 4 s."""
    return _sender(settings).send(TASK, (judging_id,), purpose.queue)


def enqueue_timing(settings: Settings, judging_id: str) -> bool:
    """Ask for a done judging to be timed again, when nothing else waits; see `enqueue`."""
    return _sender(settings).send(TIMING_TASK, (judging_id,), TIMING_QUEUE)


def enqueue_chores(settings: Settings) -> bool:
    """Send the hint that some chore waits (see `judge.chores`); otherwise as `enqueue`."""
    return _sender(settings).send(CHORES_TASK, (), BACKGROUND)


def forget_connections() -> None:
    """In a forked child: leave the parent's connections to the parent."""
    _sender.cache_clear()


class _Sender:
    """One per broker and process. After a failure it gives up at once for some seconds, so that
    a broker that hangs costs each thread of the API one time-out and not one a request."""

    def __init__(self, app: Celery) -> None:
        self._app = app
        self._lock = threading.Lock()
        self._quiet_until = 0.0

    def send(self, task: str, arguments: tuple[str, ...], queue: str) -> bool:
        if time.monotonic() < self._quiet_until:
            return False
        try:
            self._app.send_task(task, arguments, queue=queue, retry=False)
        except (KombuError, RedisError, OSError) as error:
            with self._lock:
                self._quiet_until = time.monotonic() + _QUIET_AFTER_FAILURE_S
            log.warning("message not sent", task=task, arguments=arguments, error=str(error))
            return False
        return True


@cache
def _sender(settings: Settings) -> _Sender:
    return _Sender(make_app(settings))


def _celery_url(url: str) -> str:
    """redis-py says unix://PATH where kombu says redis+socket://PATH."""
    return url.replace("unix://", "redis+socket://", 1) if url.startswith("unix://") else url
