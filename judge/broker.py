"""Our own connections to the broker, beside Celery's."""

from redis import Redis
from redis.backoff import NoBackoff
from redis.retry import Retry


def connect(url: str, timeout_s: float, connect_timeout_s: float | None = None) -> Redis:
    """A client that connects at its first command and fails after a timeout. Raises ValueError if
    `url` is not a broker's URL."""
    return Redis.from_url(
        url,
        socket_timeout=timeout_s,
        socket_connect_timeout=connect_timeout_s or timeout_s,
        # redis-py would retry by itself, and the caller would wait for it.
        retry=Retry(NoBackoff(), 0),
    )
