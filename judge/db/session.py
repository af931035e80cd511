"""The one way to the database, for API, worker and CLI: SQLite and PostgreSQL alike.

`read()` and `write()` each open one transaction. On SQLite a read begins deferred and a write
begins IMMEDIATE: a deferred transaction that turns into a write fails with "database is locked"
at once whenever somebody else wrote meanwhile, without waiting for its turn. One lock round the
write transactions of a process makes its threads queue in memory rather than poll the file.

What may pass by itself (disk full, locked, connection lost) becomes `UnavailableError`, after a
rollback: nothing is half-stored. The one thing that can't be known is whether a commit whose
connection broke took place; that is what idempotency keys are for.
"""

import sqlite3
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager, nullcontext
from pathlib import Path
from typing import Any, cast

from sqlalchemy import Connection, Engine, create_engine, event, make_url, text
from sqlalchemy.exc import DBAPIError, InterfaceError, OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeoutError
from sqlalchemy.orm import Session
from sqlalchemy.pool import NullPool

from judge.errors import UnavailableError
from judge.private_home import make_private_file

_PRAGMAS = (
    "PRAGMA busy_timeout=30000",  # first: the switch to WAL may have to wait
    "PRAGMA journal_mode=WAL",
    "PRAGMA synchronous=FULL",
    "PRAGMA foreign_keys=ON",
)
# BUSY, LOCKED, NOMEM, READONLY, IOERR, FULL, CANTOPEN; see SQLite's result codes.
_PASSING_SQLITE_CODES = frozenset({5, 6, 7, 8, 10, 13, 14})
# Milliseconds. A client that hangs must not hold its locks for ever.
_POSTGRES_OPTIONS = (
    "-c lock_timeout=10000 -c statement_timeout=60000 -c idle_in_transaction_session_timeout=60000"
)
_SQLITE_POOL: dict[str, Any] = {"pool_size": 20, "max_overflow": 30}
_POSTGRES_POOL: dict[str, Any] = {
    "pool_size": 10,
    "max_overflow": 40,
    "pool_timeout": 5,
    "pool_pre_ping": True,  # a restarted server has closed what the pool holds
}
_LONGEST_TURN_S = 30.0
_AFTER_COMMIT = "after_commit"


class Database:
    """An engine with our rules. One per process; see `keep_connections` for one that forks.

    `clock` gives epoch seconds on SQLite; PostgreSQL uses the server's own clock, so that
    workers on several machines agree on leases. `announce` is called after each commit with the
    ids of the submissions that got events in it (see `judge.events`); it must not raise.
    `keep_connections=False` opens one for each transaction: for a process that forks, whose
    children would inherit what is kept open.
    """

    def __init__(
        self,
        url: str,
        *,
        clock: Callable[[], float] = time.time,
        announce: Callable[[Mapping[str, bool]], None] | None = None,
        keep_connections: bool = True,
    ) -> None:
        self.url = make_url(url)
        self.is_postgres = self.url.get_backend_name() == "postgresql"
        self.clock = clock
        self.announce = announce
        self.engine = self._make_engine(keep_connections)
        self._writing = self.engine.execution_options(shousi_write=True)
        # One snapshot for all of a read's statements, which on SQLite a transaction is anyway.
        self._reading = self.engine
        if self.is_postgres:
            self._reading = self.engine.execution_options(
                isolation_level="REPEATABLE READ", postgresql_readonly=True
            )
        self._lock = threading.Lock()

    def _make_engine(self, keep_connections: bool) -> Engine:
        kept = _POSTGRES_POOL if self.is_postgres else _SQLITE_POOL
        pool = kept if keep_connections else {"poolclass": NullPool}
        if self.is_postgres:
            connect: dict[str, Any] = {"connect_timeout": 3, "options": _POSTGRES_OPTIONS}
            return create_engine(self.url, connect_args=connect, **pool)
        if self.url.database:
            # Made before SQLite makes it, which may let others read it.
            make_private_file(Path(self.url.database))
        # None: the driver begins no transactions by itself, `_begin` does.
        connect = {"isolation_level": None, "timeout": 30.0}
        engine = create_engine(self.url, connect_args=connect, **pool)
        event.listen(engine, "connect", _set_pragmas)
        event.listen(engine, "begin", _begin)
        return engine

    @contextmanager
    def read(self) -> Iterator[Session]:
        """A transaction that only reads. Raises UnavailableError."""
        with _passing_errors_named(), Session(self._reading, expire_on_commit=False) as session:
            yield session

    @contextmanager
    def write(self) -> Iterator[Session]:
        """A transaction that is committed at the block's end, rolled back if it raises.

        Don't nest it: on SQLite the inner one would wait for the outer one in vain.
        Raises UnavailableError.
        """
        # SQLite's own queue for its lock is unfair: whoever looks at the right moment gets it.
        turn: AbstractContextManager[Any] = nullcontext() if self.is_postgres else self._turn()
        # Rows stay readable after the commit, when there is no session to load them again.
        opened = Session(self._writing, expire_on_commit=False)
        with _passing_errors_named(), turn, opened as session:
            yield session
            session.commit()
        # Only after the commit: whoever is woken reads the rows and must find them changed.
        changed = cast(dict[str, bool], session.info.get(_AFTER_COMMIT, {}))
        if self.announce and changed:
            self.announce(changed)

    @contextmanager
    def _turn(self) -> Iterator[None]:
        if not self._lock.acquire(timeout=_LONGEST_TURN_S):
            raise UnavailableError("The database is busy; try again")
        try:
            yield
        finally:
            self._lock.release()

    def now(self, session: Session) -> float:
        """Epoch seconds by the clock that leases are kept with."""
        if not self.is_postgres:
            return self.clock()
        # Not now(), which stands still during a transaction, also while it waits for a lock.
        clock = text("SELECT extract(epoch FROM clock_timestamp())::float8")
        return float(session.execute(clock).scalar_one())

    def close(self) -> None:
        """Close every pooled connection."""
        self.engine.dispose()


def announce_after_commit(session: Session, submission_id: str, *, done: bool = False) -> None:
    """Remember that `submission_id` got an event in this transaction; `done`: the last one."""
    changed = cast(dict[str, bool], session.info.setdefault(_AFTER_COMMIT, {}))
    changed[submission_id] = done or changed.get(submission_id, False)


def _set_pragmas(connection: Any, _record: object) -> None:
    for pragma in _PRAGMAS:
        connection.execute(pragma)


def _begin(connection: Connection) -> None:
    writes = connection.get_execution_options().get("shousi_write", False)
    connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")


@contextmanager
def _passing_errors_named() -> Iterator[None]:
    try:
        yield
    except PoolTimeoutError as error:
        raise UnavailableError("The database is busy; try again") from error
    except DBAPIError as error:
        if not _may_pass(error):
            raise
        raise UnavailableError(f"The database can't do it now: {error.orig}") from error


def _may_pass(error: DBAPIError) -> bool:
    if isinstance(error.orig, sqlite3.Error):
        code = getattr(error.orig, "sqlite_errorcode", 0)
        # The low byte is the primary code; the others say more exactly what happened.
        return (code & 0xFF) in _PASSING_SQLITE_CODES
    # Lost connections, and what the server ended by the timeouts of `_POSTGRES_OPTIONS`.
    return isinstance(error, (OperationalError, InterfaceError)) or error.connection_invalidated
