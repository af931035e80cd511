"""What the service is doing: the queues, and the workers with the judgings that they run."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Select, func, select, text
from sqlalchemy.orm import Session

from judge.audit import note_act
from judge.boards.keeping import problem_changed
from judge.db.background_models import Chore
from judge.db.models import Judging, Problem, StoredResult, Submission, User, Worker
from judge.db.session import Database
from judge.errors import NotFoundError
from judge.labels import missing_of, required_in, split
from judge.states import QUEUES, Purpose, State
from judge.submissions.views import PublicState, public_state
from judge.workers import ALIVE_S, id_in_claim, labels_alive, reported_within

# How long an admin can still see that a worker is gone.
_SILENT_FOR_S = 3600.0
_WAITING = (State.QUEUED, State.RUNNING)
# Exactly this text, because only then the database uses the partial index on it.
_STANDING = text("judging.state <> 'done'")


@dataclass(frozen=True, slots=True)
class QueueView:
    """A queue; `oldest_s` is how long its oldest judging has waited. `missing_labels` are required
    labels that no living worker has: all its judgings wait until such a worker comes."""

    queue: str
    queued: int
    running: int
    oldest_s: float | None
    users: int
    missing_labels: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class RunningView:
    """A running judging, with results of `tests_done` of its `total_tests` tests (None until the
    first result); times in epoch seconds."""

    submission: str
    problem: str
    user: str
    language: str
    purpose: Purpose
    attempt: int
    tests_done: int
    total_tests: int | None
    started_at: float | None


@dataclass(frozen=True, slots=True)
class LostView:
    """A judging that a worker held when it stopped reporting, and the judging's state now.
    `requeued_to` is the worker (id) that has it now or has judged it; None while the judging waits,
    or if it was given up."""

    submission: str
    problem: str
    user: str
    language: str
    purpose: Purpose
    state: PublicState
    requeued_to: str | None


@dataclass(frozen=True, slots=True)
class BusyWorker:
    """A worker, whether it is alive, what it runs, and what it held when it stopped reporting.
    After `draining_at` it takes no work; `drained` says whether it has finished all its work."""

    id: str
    host: str
    pid: int
    started_at: float
    seen_at: float
    alive: bool
    languages: tuple[str, ...]
    labels: tuple[str, ...]
    draining_at: float | None
    drained: bool
    running: tuple[RunningView, ...]
    lost: tuple[LostView, ...]


def ping(db: Database) -> None:
    """Check that the database answers. Raises UnavailableError if it does not."""
    with db.read() as session:
        session.execute(text("SELECT 1"))


def read_queues(db: Database) -> list[QueueView]:
    """How many judgings wait and run in each queue. Raises UnavailableError."""
    query = (
        select(Judging.queue, Judging.state, func.count(), func.min(Judging.created_at))
        # The states are named one by one: for "not done" SQLite would read all judgings that are
        # done.
        .where(Judging.state.in_(_WAITING))
        .group_by(Judging.queue, Judging.state)
    )
    users = select(Judging.queue, func.count(Judging.user_id.distinct())).where(_STANDING)
    with db.read() as session:
        now = db.now(session)
        found = {(queue, state): (n, oldest) for queue, state, n, oldest in session.execute(query)}
        people = dict(session.execute(users.group_by(Judging.queue)).all())
        having = labels_alive(db, session)
    views = []
    # Queues that require labels come first, if they have any judgings; then the ordinary queues,
    # even if they are empty, in the order in which workers empty them.
    labelled = {queue for queue, _ in found if required_in(queue)}
    for queue in (*sorted(labelled), *QUEUES):
        queued, oldest = found.get((queue, State.QUEUED), (0, None))
        running, _ = found.get((queue, State.RUNNING), (0, None))
        # A clock that was set back must not give a negative time.
        waited = None if oldest is None else max(0.0, now - oldest)
        missing = missing_of(required_in(queue), having)
        views.append(QueueView(queue, queued, running, waited, people.get(queue, 0), missing))
    return views


def read_workers(db: Database, *, silent: bool = False) -> list[BusyWorker]:
    """The workers that reported in the last minute; with `silent`, those in the last hour, except
    those that were stopped in order. Raises UnavailableError."""
    with db.read() as session:
        now = db.now(session)
        recent = reported_within(now, _SILENT_FOR_S if silent else ALIVE_S)
        workers = session.scalars(select(Worker).where(recent).order_by(Worker.id)).all()
        running = _running(session)
        lost = _lost(session, [row for row in workers if row.seen_at <= now - ALIVE_S])
        chores = session.scalars(select(Chore.worker).where(Chore.state == State.RUNNING))
        busy = {*running, *map(id_in_claim, chores)}
    return [
        BusyWorker(
            row.id,
            row.host,
            row.pid,
            row.started_at,
            row.seen_at,
            row.seen_at > now - ALIVE_S,
            tuple(each["id"] for each in row.languages if each["available"]),
            tuple(sorted(split(row.labels))),
            row.draining_at,
            row.draining_at is not None and row.id not in busy,
            tuple(running.get(row.id, [])),
            tuple(lost.get(row.id, [])),
        )
        for row in workers
    ]


def _judgings() -> Select[Judging, str, str, str]:
    """Judgings, each with its problem's slug, its user's name and its language."""
    return (
        select(Judging, Problem.slug, User.name, Submission.language)
        .join(Submission, Submission.id == Judging.submission_id)
        .join(Problem, Problem.id == Submission.problem_id)
        .join(User, User.id == Submission.user_id)
    )


def _running(session: Session) -> dict[str | None, list[RunningView]]:
    """The running judgings, by their worker's id."""
    done = (
        select(func.count())
        .where(StoredResult.judging_id == Judging.id)
        .correlate(Judging)
        .scalar_subquery()
    )
    query = _judgings().add_columns(done).where(Judging.state == State.RUNNING)
    query = query.order_by(Judging.started_at)
    found: dict[str | None, list[RunningView]] = {}
    for row, slug, user, language, tests_done in session.execute(query):
        view = RunningView(
            row.submission_id,
            slug,
            user,
            language,
            Purpose(row.purpose),
            row.attempt,
            tests_done,
            row.total_tests,
            row.started_at,
        )
        found.setdefault(id_in_claim(row.worker), []).append(view)
    return found


def _lost(session: Session, silent: Sequence[Worker]) -> dict[str, list[LostView]]:
    """What these workers held when they stopped reporting, by worker. If several workers have lost
    a judging, only the last one lists it."""
    # The usual case; the query would take long even for an empty list.
    if not silent:
        return {}
    query = (
        _judgings()
        .join(Worker, Worker.id == Judging.lost_by)
        .where(Judging.lost_by.in_([row.id for row in silent]))
        # A worker may have lost other judgings long before, and have come back.
        .where(Judging.lost_at >= Worker.seen_at)
        # By time, not by id: to sort by id the database would read the whole table.
        .order_by(Judging.lost_at)
    )
    found: dict[str, list[LostView]] = {}
    for row, slug, user, language in session.execute(query):
        holder = id_in_claim(row.worker)
        view = LostView(
            row.submission_id,
            slug,
            user,
            language,
            Purpose(row.purpose),
            public_state(row.state),
            # A judging given up at its last attempt keeps the name of the worker that had it.
            None if holder == row.lost_by else holder,
        )
        found.setdefault(row.lost_by or "", []).append(view)
    return found


def withdraw_problem(db: Database, slug: str, *, by: str, withdrawn: bool) -> None:
    """Take a problem off the list and the boards, or bring it back; its submissions stay.

    Raises NotFoundError, UnavailableError.
    """
    with db.write() as session:
        query = select(Problem).where(Problem.slug == slug)
        row = session.scalar(query.with_for_update(key_share=True))
        if row is None:
            raise NotFoundError(f"There is no problem {slug[:100]!r}.")
        if withdrawn == (row.withdrawn_at is not None):
            return
        row.withdrawn_at = db.now(session) if withdrawn else None
        problem_changed(db, session, row.id)
        told: dict[str, Any] = {"withdrawn": withdrawn}
        note_act(db, session, by, "withdrawProblem", slug, told)
