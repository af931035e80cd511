"""What the service is doing: the queues, and the workers with what each of them runs."""

from dataclasses import dataclass
from typing import Any

from sqlalchemy import func, select, text

from judge.audit import note_act
from judge.boards.keeping import problem_changed
from judge.db.models import Judging, Problem, Submission, User, Worker
from judge.db.session import Database
from judge.errors import NotFoundError
from judge.states import QUEUES, State
from judge.workers import ALIVE_S

# So long an admin may find out that a worker is gone.
_SILENT_FOR_S = 3600.0
# In these words, for the partial index on it to be used.
_STANDING = text("judging.state <> 'done'")


@dataclass(frozen=True, slots=True)
class QueueView:
    """A queue; `oldest_s` is how long its oldest judging has waited."""

    queue: str
    queued: int
    running: int
    oldest_s: float | None
    users: int


@dataclass(frozen=True, slots=True)
class RunningView:
    """A judging that runs; times in epoch seconds."""

    submission: str
    problem: str
    user: str
    attempt: int
    started_at: float | None


@dataclass(frozen=True, slots=True)
class BusyWorker:
    """A worker, whether it is alive, and what it runs."""

    id: str
    host: str
    pid: int
    started_at: float
    seen_at: float
    alive: bool
    languages: tuple[str, ...]
    running: tuple[RunningView, ...]


def count_waiting(db: Database) -> dict[State, int]:
    """How many judgings are queued and how many run. Raises UnavailableError."""
    waiting = (State.QUEUED, State.RUNNING)
    query = (
        select(Judging.state, func.count())
        .where(Judging.state.in_(waiting))
        .group_by(Judging.state)
    )
    with db.read() as session:
        found = {State(state): count for state, count in session.execute(query)}
    return {state: found.get(state, 0) for state in waiting}


def ping(db: Database) -> None:
    """Find out whether the database answers. Raises UnavailableError where it does not."""
    with db.read() as session:
        session.execute(text("SELECT 1"))


def read_queues(db: Database) -> list[QueueView]:
    """How many judgings wait and run, for each queue. Raises UnavailableError."""
    query = (
        select(Judging.queue, Judging.state, func.count(), func.min(Judging.created_at))
        .where(_STANDING)
        .group_by(Judging.queue, Judging.state)
    )
    users = select(Judging.queue, func.count(Judging.user_id.distinct())).where(_STANDING)
    with db.read() as session:
        now = db.now(session)
        found = {(queue, state): (n, oldest) for queue, state, n, oldest in session.execute(query)}
        people = dict(session.execute(users.group_by(Judging.queue)).all())
    views = []
    # Queues where nothing waits are listed too, in the order in which they are emptied.
    for queue in QUEUES:
        queued, oldest = found.get((queue, State.QUEUED), (0, None))
        running, _ = found.get((queue, State.RUNNING), (0, None))
        # A clock that was set back must not make a negative wait.
        waited = None if oldest is None else max(0.0, now - oldest)
        views.append(QueueView(queue, queued, running, waited, people.get(queue, 0)))
    return views


def read_workers(db: Database, *, silent: bool = False) -> list[BusyWorker]:
    """The workers that have shown life in the last minute; with `silent`, in the last hour, but for
    those that ended in order. Raises UnavailableError."""
    running = (
        select(Judging, Problem.slug, User.name)
        .join(Submission, Submission.id == Judging.submission_id)
        .join(Problem, Problem.id == Submission.problem_id)
        .join(User, User.id == Submission.user_id)
        .where(Judging.state == State.RUNNING)
        .order_by(Judging.id)
    )
    with db.read() as session:
        now = db.now(session)
        recent = Worker.seen_at > now - (_SILENT_FOR_S if silent else ALIVE_S)
        workers = session.scalars(select(Worker).where(recent).order_by(Worker.id)).all()
        held: dict[str, list[RunningView]] = {}
        for row, slug, name in session.execute(running):
            view = RunningView(row.submission_id, slug, name, row.attempt, row.started_at)
            # It claims under its id and the message's; see worker.queue.tasks.
            held.setdefault((row.worker or "").partition("/")[0], []).append(view)
    return [
        BusyWorker(
            row.id,
            row.host,
            row.pid,
            row.started_at,
            row.seen_at,
            row.seen_at > now - ALIVE_S,
            tuple(each["id"] for each in row.languages if each["available"]),
            tuple(held.get(row.id, [])),
        )
        for row in workers
    ]


def withdraw_problem(db: Database, slug: str, *, by: str, withdrawn: bool) -> None:
    """Take a problem off the list and the boards, or bring it back; its submissions stay.

    Raises NotFoundError, UnavailableError.
    """
    with db.write() as session:
        row = session.scalar(select(Problem).where(Problem.slug == slug).with_for_update())
        if row is None:
            raise NotFoundError(f"There is no problem {slug[:100]!r}.")
        if withdrawn == (row.withdrawn_at is not None):
            return
        row.withdrawn_at = db.now(session) if withdrawn else None
        problem_changed(db, session, row.id)
        told: dict[str, Any] = {"withdrawn": withdrawn}
        note_act(db, session, by, "withdrawProblem", slug, told)
