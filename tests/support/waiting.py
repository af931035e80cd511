"""Transactions that wait for one another on PostgreSQL, lined up by a test."""

from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor

from sqlalchemy import text

from judge.db.session import Database
from tests.support.stack import wait_until

Act = Callable[[], object]


def num_waiting(db: Database) -> int:
    """How many transactions wait for a lock."""
    with db.read() as session:
        waiting = "SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock'"
        return int(session.scalar(text(waiting)) or 0)


def begin(db: Database, pool: ThreadPoolExecutor, *acts: Act) -> list[Future[object]]:
    """Begin each of these once the one before it waits for a lock, or has ended. The caller holds a
    lock in the meantime, and releases it when all have begun."""
    return [_begun(db, pool, act) for act in acts]


def _begun(db: Database, pool: ThreadPoolExecutor, act: Act) -> Future[object]:
    number = num_waiting(db) + 1
    one = pool.submit(act)
    wait_until(lambda: one.done() or num_waiting(db) >= number, "it waits or is done")
    return one
