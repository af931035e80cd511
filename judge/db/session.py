"""The only access to the database, for API, worker and CLI: SQLite and PostgreSQL alike.

`read()` and `write()` each open one transaction. On SQLite a read begins deferred and a write
begins IMMEDIATE: a deferred transaction that turns into a write fails with "database is locked" if
another connection has written meanwhile, at once and without waiting. One lock around the write
transactions of a process makes its threads queue in memory rather than poll the file.

On PostgreSQL writers lock rows, in one order, so that no two wait for each other: the judging that
they hold; teams, then their invitations; problems; the boards (`judge.boards.keeping`);
submissions, then their judgings; users; webhooks; teams' events. Several rows of a kind are locked
in the order of their ids. A transaction that holds the boards exclusively may lock users before
submissions. Rows are locked FOR NO KEY UPDATE (`key_share`): FOR UPDATE would also hold off whoever
inserts a row that refers to the locked one, and is for rows that are deleted or renamed.

Errors that may pass by themselves (disk full, locked, connection lost) become `UnavailableError`,
after a rollback: nothing is half-stored. Only one thing stays unknown: whether a commit took place
whose connection broke. Idempotency keys are for that case.
"""

import sqlite3
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager, nullcontext
from functools import partial
from pathlib import Path
from typing import Any, cast

from sqlalchemy import URL, Connection, Engine, create_engine, event, make_url, text
from sqlalchemy.engine.interfaces import DBAPIConnection
from sqlalchemy.exc import (
    ArgumentError,
    DBAPIError,
    InterfaceError,
    InvalidatePoolError,
    OperationalError,
)
from sqlalchemy.exc import TimeoutError as PoolTimeoutError
from sqlalchemy.orm import Session
from sqlalchemy.pool import ConnectionPoolEntry, NullPool

from judge.db.error_texts import drop_values
from judge.db.models import Event
from judge.errors import ShousiError, UnavailableError
from judge.private_home import make_private_file

_PRAGMAS = (
    "PRAGMA busy_timeout=30000",  # first: the switch to WAL may have to wait
    "PRAGMA journal_mode=WAL",
    "PRAGMA synchronous=FULL",
    "PRAGMA foreign_keys=ON",
)
# BUSY, LOCKED, NOMEM, READONLY, IOERR, FULL, CANTOPEN; see SQLite's result codes.
_PASSING_SQLITE_CODES = frozenset({5, 6, 7, 8, 10, 13, 14})
# CORRUPT, NOTADB: waiting doesn't help.
_BROKEN_SQLITE_CODES = frozenset({11, 26})
# Milliseconds. A client that hangs must not hold its locks for ever, nor one whose host is cut off:
# the last line lets the server notice that within some 10 s. It has no effect on a unix socket.
_POSTGRES_OPTIONS = (
    "-c lock_timeout=10000 -c statement_timeout=60000 -c idle_in_transaction_session_timeout=60000"
    " -c tcp_user_timeout=8000 -c tcp_keepalives_idle=5 -c tcp_keepalives_interval=2"
)
# The same for our end: a client that waits for an answer over a broken link hears nothing, and the
# kernel alone would wait a quarter of an hour. Well below a lease: its renewals wait for this too.
_POSTGRES_LINK = {
    "connect_timeout": 3,  # seconds
    "tcp_user_timeout": 8000,  # milliseconds until what we sent must be acknowledged
    "keepalives_idle": 5,  # seconds of silence until the first probe
    "keepalives_interval": 2,
}
_SQLITE_POOL: dict[str, Any] = {"pool_size": 20, "max_overflow": 30}
_POSTGRES_POOL: dict[str, Any] = {
    "pool_size": 10,
    "max_overflow": 40,
    "pool_timeout": 5,
}
_CLOCK = text("SELECT extract(epoch FROM clock_timestamp())::float8")
_LONGEST_TURN_S = 30.0
_NO_URL = (
    "SHOUSI_DATABASE_URL must be sqlite:///PATH or postgresql+psycopg://USER:PASSWORD@HOST/NAME"
)
ENCODED = "in a password write %25 for %, %40 for @, %2F for /, %3A for :, %3F for ? and %23 for #"
_AFTER_COMMIT = "after_commit"
_RESTS_SINCE = "rests_since"
_CLOCK_KEPT_S = 1.0
"""For how many seconds the server's time is computed from our own clock before we ask the server
again.
"""
_RESTED_S = 1.0
"""A connection unused for this long may have been closed by a restart of the server."""


def parsed_url(text: str) -> URL:
    """The URL of a database that this service can use. Raises ShousiError for any other text."""
    try:
        url = make_url(text)
    except (ArgumentError, ValueError) as error:
        # The text is not shown: something that is no URL may be a password.
        raise ShousiError(_NO_URL) from error
    if url.drivername not in {"sqlite", "postgresql+psycopg"}:
        raise ShousiError(f"{_NO_URL}, not {url.drivername}://")
    if "@" in (url.host or ""):
        # An error about this host would show the password's end.
        raise ShousiError(f"{_NO_URL}; {ENCODED}")
    if url.drivername == "sqlite" and url.database in (None, "", ":memory:"):
        raise ShousiError(f"{_NO_URL}; in memory each process would have a database of its own")
    return url


class Database:
    """An engine with our rules. One per process; see `keep_connections` for one that forks.

    `clock` gives epoch seconds on SQLite; PostgreSQL uses the server's own clock, so that
    workers on several machines agree on leases. `announce` is called after each commit with the
    events that it stored, by submission (see `judge.events`); it must not raise. Raises ShousiError
    for a URL of any other database.
    `keep_connections=False` opens a connection for each transaction: for a process that forks,
    because its children would inherit open ones. `alike` is the number of equal processes that
    share a PostgreSQL server's connections.
    """

    def __init__(
        self,
        url: str,
        *,
        clock: Callable[[], float] = time.time,
        announce: Callable[[Mapping[str, Sequence[Event]]], None] | None = None,
        keep_connections: bool = True,
        alike: int = 1,
    ) -> None:
        self.url = parsed_url(url)
        self.is_postgres = self.url.get_backend_name() == "postgresql"
        self.clock = clock
        self.announce = announce
        self.engine = self._make_engine(keep_connections, alike)
        self._writing = self.engine.execution_options(shousi_write=True)
        # One snapshot for all statements of a read; on SQLite a transaction gives that anyway.
        self._reading = self.engine
        if self.is_postgres:
            self._reading = self.engine.execution_options(
                isolation_level="REPEATABLE READ", postgresql_readonly=True
            )
        self._lock = threading.Lock()
        self._ask_clock_at = float("-inf")
        self._server_ahead_s = 0.0

    def _make_engine(self, keep_connections: bool, alike: int) -> Engine:
        kept = _SQLITE_POOL
        if self.is_postgres:
            kept = {**_POSTGRES_POOL, "max_overflow": _POSTGRES_POOL["max_overflow"] // alike}
        pool = kept if keep_connections else {"poolclass": NullPool}
        # Else the log of an unexpected error would contain values: hashes, secrets, sources.
        pool = {**pool, "hide_parameters": True}
        if self.is_postgres:
            connect: dict[str, Any] = {"options": _POSTGRES_OPTIONS, **_POSTGRES_LINK}
            engine = create_engine(self.url, connect_args=connect, **pool)
            event.listen(engine, "handle_error", drop_values)
            event.listen(engine, "checkin", _note_rest)
            event.listen(engine, "checkout", partial(_ping_if_rested, engine))
            return engine
        if self.url.database:
            # Created before SQLite creates it, perhaps with rights for other users.
            make_private_file(Path(self.url.database))
        # None: the driver begins no transactions by itself; `_begin` does.
        connect = {"isolation_level": None, "timeout": 30.0}
        engine = create_engine(self.url, connect_args=connect, **pool)
        event.listen(engine, "connect", _set_pragmas)
        event.listen(engine, "begin", _begin)
        return engine

    @contextmanager
    def read(self) -> Iterator[Session]:
        """A transaction that only reads. Raises UnavailableError."""
        # Committed, though nothing was written: on a ROLLBACK psycopg makes the server forget all
        # statements that it has prepared on the connection.
        with (
            _passing_errors_named(),
            self._reading.begin() as connection,
            Session(connection, expire_on_commit=False) as session,
        ):
            yield session

    @contextmanager
    def read_columns(self) -> Iterator[Connection]:
        """`read` without the ORM. It takes a third less time for a query of few rows; used where
        many requests wait for one. Raises UnavailableError."""
        with _passing_errors_named(), self._reading.begin() as connection:
            yield connection

    @contextmanager
    def write(self) -> Iterator[Session]:
        """A transaction that is committed at the block's end, or rolled back if the block raises.

        Don't nest it: on SQLite the inner one would wait for the outer one until it times out.
        Raises UnavailableError.
        """
        # SQLite's own lock is unfair: the writer that polls at the right moment gets it.
        turn: AbstractContextManager[Any] = nullcontext() if self.is_postgres else self._turn()
        # Rows must stay readable after the commit, when no session can load them again.
        opened = Session(self._writing, expire_on_commit=False)
        with _passing_errors_named(), turn, opened as session:
            yield session
            session.commit()
        # Only after the commit: the listeners read the rows, and must find them changed.
        changed = cast(dict[str, list[Event]], session.info.get(_AFTER_COMMIT, {}))
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

    def now(self, session: Session | Connection) -> float:
        """Epoch seconds by the clock that leases use."""
        if not self.is_postgres:
            return self.clock()
        asked = _clock_s()
        if asked > self._ask_clock_at:
            # Not now(): it stands still during a transaction, even while that waits for a lock.
            told = float(session.execute(_CLOCK).scalar_one())
            answered = _clock_s()
            self._server_ahead_s = told - answered
            # A slow answer doesn't tell at which moment the server read its clock.
            quick = answered - asked < _CLOCK_KEPT_S / 10
            self._ask_clock_at = answered + _CLOCK_KEPT_S if quick else answered
        return _clock_s() + self._server_ahead_s

    def about_now(self) -> float:
        """`now` without a transaction, computed from the last reading of the server's clock: so
        that readers see the same weeks and dates by which submissions count.
        """
        if not self.is_postgres or self._ask_clock_at == float("-inf"):
            return self.clock()
        return _clock_s() + self._server_ahead_s

    def close(self) -> None:
        """Close every pooled connection."""
        self.engine.dispose()


def announce_after_commit(session: Session, submission_id: str, event: Event | None = None) -> None:
    """Announce after this transaction's commit that something about `submission_id` has changed;
    `event` is what the transaction appended to it, if anything."""
    changed = cast(dict[str, list[Event]], session.info.setdefault(_AFTER_COMMIT, {}))
    events = changed.setdefault(submission_id, [])
    if event is not None:
        events.append(event)


def _clock_s() -> float:
    # This clock runs while the machine sleeps, and nobody can set it.
    return time.clock_gettime(time.CLOCK_BOOTTIME)


def _note_rest(_connection: object, record: ConnectionPoolEntry) -> None:
    record.info[_RESTS_SINCE] = time.monotonic()


def _ping_if_rested(
    engine: Engine, connection: DBAPIConnection, record: ConnectionPoolEntry, _proxy: object
) -> None:
    """Do what `pool_pre_ping` does, but only after a pause, not between transactions that follow
    one another: a ping takes as long as most statements."""
    since = record.info.get(_RESTS_SINCE)
    if since is None or time.monotonic() - since < _RESTED_S:
        return
    try:
        engine.dialect.do_ping(connection)
    except engine.dialect.loaded_dbapi.Error as error:
        # The pool drops all connections of this age, and opens a new one.
        raise InvalidatePoolError from error


def _set_pragmas(connection: Any, _record: object) -> None:
    for pragma in _PRAGMAS:
        connection.execute(pragma)


def _begin(connection: Connection) -> None:
    if connection.get_execution_options().get("shousi_write", False):
        connection.exec_driver_sql("BEGIN IMMEDIATE")
    else:
        # BEGIN waits for nothing, so no error needs another name. SQLAlchemy's own way takes longer
        # than many queries, so it is bypassed.
        driver = cast(sqlite3.Connection, connection.connection.driver_connection)
        driver.execute("BEGIN")


@contextmanager
def _passing_errors_named() -> Iterator[None]:
    try:
        yield
    except PoolTimeoutError as error:
        raise UnavailableError("The database is busy; try again") from error
    except DBAPIError as error:
        if _sqlite_code(error) in _BROKEN_SQLITE_CODES:
            raise ShousiError(
                f"The database's file can't be used: {error.orig}. Look at SHOUSI_DATABASE_URL, or "
                "restore a backup"
            ) from error
        if not _may_pass(error):
            raise
        # psycopg's message has line breaks and tabs.
        why = " ".join(str(error.orig).split())
        raise UnavailableError(f"The database can't do it now: {why}") from error


def _may_pass(error: DBAPIError) -> bool:
    if isinstance(error.orig, sqlite3.Error):
        return _sqlite_code(error) in _PASSING_SQLITE_CODES
    # Lost connections, and statements that the server ended by the limits in `_POSTGRES_OPTIONS`.
    return isinstance(error, (OperationalError, InterfaceError)) or error.connection_invalidated


def _sqlite_code(error: DBAPIError) -> int:
    # The low byte is the primary code; the rest only adds detail.
    return int(getattr(error.orig, "sqlite_errorcode", 0)) & 0xFF
