"""Which workers are alive, and what they can judge: languages, and labels of problems.

A drained worker takes no more work: submissions that only it can judge wait.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any

from sqlalchemy import (
    BindParameter,
    ColumnElement,
    Connection,
    Float,
    and_,
    bindparam,
    delete,
    exists,
    select,
    update,
)
from sqlalchemy.orm import Session

from judge.db.models import Worker
from judge.db.session import Database
from judge.db.upsert import changed, insert_new
from judge.labels import joined, split
from judge.languages import LANGUAGES

ALIVE_S = 60.0
_FORGOTTEN_S = 86400.0
_AHEAD_S = 2 * _FORGOTTEN_S
"""A report further in the future was stored before the clock was set back. So much later than
leases: a living worker is never to be taken for a dead one."""


@dataclass(frozen=True, slots=True)
class LanguageView:
    """One language; `version` is empty if no living worker has it. `command` is the compiler's
    command, if there is one; a problem's time limit is multiplied by `time_factor`."""

    id: str
    name: str
    version: str
    available: bool
    command: str = ""
    time_factor: float = 1.0


@dataclass(frozen=True, slots=True)
class WorkerView:
    """One worker's main process; times in epoch seconds.

    `languages` says of each language that was checked so far whether it works there; a worker that
    has just started has checked none.
    """

    id: str
    host: str
    pid: int
    started_at: float
    seen_at: float
    languages: Mapping[str, bool]
    labels: frozenset[str]
    is_drained: bool = False
    """It takes no more work; it may still do what it had taken."""
    jails: Mapping[str, int] = field(default_factory=dict)
    """How its runs got their jails since the start, counted by kind."""
    wear: Mapping[str, Mapping[str, float]] = field(default_factory=dict)
    """The age and wear of its fork servers, by runtime."""


def register(
    db: Database,
    *,
    id: str,
    host: str,
    pid: int,
    languages: Sequence[LanguageView],
    labels: Collection[str] = (),
) -> None:
    """Register a worker, the languages that it can judge and its labels. Raises
    UnavailableError."""
    told = [asdict(language) for language in languages]
    with db.write() as session:
        now = db.now(session)
        values = {"host": host, "pid": pid, "languages": told, "seen_at": now}
        values["labels"] = joined(labels)
        if not insert_new(session, Worker, {"id": id, "started_at": now, **values}):
            session.execute(update(Worker).where(Worker.id == id).values(values))
        # Workers that were killed have never been unregistered.
        session.execute(delete(Worker).where(Worker.seen_at < now - _FORGOTTEN_S))


def seen(
    db: Database,
    id: str,
    jails: Mapping[str, int] | None = None,
    wear: Mapping[str, Mapping[str, float]] | None = None,
) -> bool:
    """Note that the worker is alive, how its runs got their `jails`, and the `wear` of its fork
    servers by runtime. False if it is not registered. Raises UnavailableError."""
    with db.write() as session:
        values = {
            "seen_at": db.now(session),
            "jails": None if jails is None else dict(jails),
            "wear": None if wear is None else {key: dict(one) for key, one in wear.items()},
        }
        return changed(session, update(Worker).where(Worker.id == id).values(values)) == 1


def bring_near(db: Database) -> None:
    """The reconciler's round: after the clock was set back, let no report be from the future.

    Else a dead worker would count as alive until the clock is again where it was. A worker that
    is alive reports again long before the minute is over that it gets here.
    """
    with db.read() as session:
        now = db.now(session)
        # The hosts' idea of the database's clock differs by far less.
        ahead = Worker.seen_at > now + ALIVE_S
        if not session.scalar(select(exists().where(ahead))):
            return
    with db.write() as session:
        session.execute(update(Worker).where(ahead).values(seen_at=now))


def forget_host(db: Database, host: str) -> None:
    """Unregister all workers of this host: they ended without doing it. Raises
    UnavailableError."""
    with db.write() as session:
        session.execute(delete(Worker).where(Worker.host == host))


def gone(db: Database, id: str) -> None:
    """Unregister a worker that has ended. Raises UnavailableError."""
    with db.write() as session:
        session.execute(delete(Worker).where(Worker.id == id))


def reported_within(now: float | BindParameter[float], seconds: float) -> ColumnElement[bool]:
    """The condition that a worker has reported in the last `seconds` before `now`. A report from
    far in the future was stored before the clock was set back: it says nothing."""
    return and_(Worker.seen_at > now - seconds, Worker.seen_at < now + _AHEAD_S)


def id_in_claim(claimant: str | None) -> str | None:
    """The id of the worker that claims under this name; in the name, a message's id follows it."""
    return None if claimant is None else claimant.partition("/")[0]


def alive(db: Database) -> list[WorkerView]:
    """The workers that reported in the last minute. Raises UnavailableError."""
    with db.read() as session:
        recent = reported_within(db.now(session), ALIVE_S)
        rows = session.scalars(select(Worker).where(recent).order_by(Worker.id)).all()
    return [
        WorkerView(
            id=row.id,
            host=row.host,
            pid=row.pid,
            started_at=row.started_at,
            seen_at=row.seen_at,
            languages={each["id"]: each["available"] for each in row.languages},
            labels=split(row.labels),
            is_drained=row.draining_at is not None,
            jails=row.jails or {},
            wear=row.wear or {},
        )
        for row in rows
    ]


def lacking(db: Database) -> frozenset[str]:
    """The languages that are missing on every worker that takes work. Empty if no worker takes
    work, or if one of them hasn't checked its languages yet: a submission can wait for it. Raises
    UnavailableError.
    """
    living = [{each["id"]: each["available"] for each in told} for told in _told(db)]
    return frozenset(
        id for id in LANGUAGES if living and all(one.get(id) is False for one in living)
    )


def labels_alive(db: Database, session: Session | Connection) -> list[frozenset[str]]:
    """The labels of each worker that is alive and takes work."""
    recent = reported_within(db.now(session), ALIVE_S)
    query = select(Worker.labels).where(recent, Worker.draining_at.is_(None))
    return [split(labels) for labels in session.scalars(query)]


def languages(db: Database) -> list[LanguageView]:
    """Every language, with its version on a worker that has it and takes work. Raises
    UnavailableError."""
    found = {
        each["id"]: LanguageView(**each) for told in _told(db) for each in told if each["available"]
    }
    absent = {id: LanguageView(id, name, "", available=False) for id, name in LANGUAGES.items()}
    return list((absent | found).values())


# Run for each submission, so it is built once.
_TOLD = select(Worker.__table__.c.languages).where(
    reported_within(bindparam("now", type_=Float), ALIVE_S),
    Worker.__table__.c.draining_at.is_(None),
)


def _told(db: Database) -> Sequence[list[dict[str, Any]]]:
    """What each worker that is alive and takes work has reported about its languages."""
    with db.read_columns() as connection:
        asked = {"now": db.now(connection)}
        return connection.execute(_TOLD, asked).scalars().all()
