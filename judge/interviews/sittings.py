"""Sittings: users' attempts at interviews. The database's clock is the only one that counts.

A sitting's rounds follow one another without a break. A user who is done early can end a round;
the next one then begins at once, with all of its minutes.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

from sqlalchemy import select
from sqlalchemy.orm import Session

from judge.accounts.users import lock_user
from judge.boards.rules import Attempt, CellSum, cell_of
from judge.boards.windows import Window
from judge.db.interview_models import (
    Sitting,
    SittingRound,
    SittingSubmission,
    SittingTask,
)
from judge.db.models import Judging, Problem, ProblemVersion, Submission, User
from judge.db.session import Database
from judge.errors import ForbiddenError, InterviewError, NotFoundError
from judge.ids import new_id
from judge.interviews.catalogue import InterviewPlan, find_interview
from judge.verdict import Verdict

Texts = Mapping[str, str]
MOST_LISTED = 50


class RoundState(StrEnum):
    """The state of a round by the clock."""

    WAITING = "waiting"
    RUNNING = "running"
    OVER = "over"


@dataclass(frozen=True, slots=True)
class Sent:
    """A submission within a round. `passed` is None until it is judged. `verdict` and `mistake`
    (the known mistake's line by language tag, or empty) are set once the round is over."""

    id: str
    sent_at: float
    passed: bool | None
    verdict: Verdict | None
    mistake: Texts


@dataclass(frozen=True, slots=True)
class TaskView:
    """A problem of a round, with the submissions made in time. `solved_at` is when the first
    accepted one was sent; `num_attempts` counts up to it, without CE and JE."""

    problem: str
    problem_id: str
    title: Texts
    kind: str
    sent: tuple[Sent, ...]
    solved_at: float | None
    num_attempts: int

    @property
    def mistakes(self) -> list[tuple[Texts, int]]:
        """The known mistakes by their lines, each with the number of submissions that made it."""
        found: dict[frozenset[tuple[str, str]], int] = {}
        for one in self.sent:
            if one.mistake:
                key = frozenset(one.mistake.items())
                found[key] = found.get(key, 0) + 1
        return [(dict(key), times) for key, times in found.items()]


@dataclass(frozen=True, slots=True)
class RoundView:
    """A round; times in epoch seconds."""

    position: int
    title: Texts
    starts_at: float
    ends_at: float
    state: RoundState
    tasks: tuple[TaskView, ...]


@dataclass(frozen=True, slots=True)
class SittingView:
    """A sitting as it was at the moment `now`, by the server's clock."""

    id: str
    interview: str
    title: Texts
    user_id: str
    user: str
    started_at: float
    ends_at: float
    now: float
    rounds: tuple[RoundView, ...]

    @property
    def is_over(self) -> bool:
        """Whether its last round is over."""
        return self.now >= self.ends_at

    @property
    def running(self) -> RoundView | None:
        """The running round, if any."""
        return next((one for one in self.rounds if one.state is RoundState.RUNNING), None)

    @property
    def tasks(self) -> list[TaskView]:
        """The tasks of all rounds."""
        return [task for one in self.rounds for task in one.tasks]

    @property
    def num_solved(self) -> int:
        """How many tasks are solved."""
        return sum(task.solved_at is not None for task in self.tasks)


def start(db: Database, user_id: str, name: str) -> SittingView:
    """Start the interview; its clock runs from now on.

    Raises NotFoundError, ForbiddenError (a guest), InterviewError (another one runs, or a problem
    of it is withdrawn), UnavailableError; then nothing is stored.
    """
    plan = find_interview(db, name)
    with db.write() as session:
        # Locked, so that of two requests at once the second finds the first one's sitting.
        user = lock_user(session, user_id)
        if user.role == "guest":
            raise ForbiddenError("Make an account first: an interview's report is kept for you.")
        now = db.now(session)
        running = session.scalar(
            select(Sitting).where(Sitting.user_id == user_id, Sitting.ends_at > now)
        )
        if running is not None:
            raise InterviewError(
                f"You are already taking the interview {running.interview}. Go on with it, or end "
                "its rounds; then start another one."
            )
        return view_of(session, _stored(session, user_id, plan, now), now)


def _stored(session: Session, user_id: str, plan: InterviewPlan, now: float) -> Sitting:
    slugs = [slug for one in plan.rounds for slug in one.tasks]
    query = select(Problem.slug, Problem.id).where(
        Problem.slug.in_(slugs), Problem.withdrawn_at.is_(None)
    )
    offered = dict(session.execute(query).all())
    lacking = [slug for slug in slugs if slug not in offered]
    if lacking:
        raise InterviewError(
            f"The interview {plan.name} can't be started: {', '.join(lacking)} is withdrawn. "
            "Choose another interview, or ask an admin of this service."
        )
    ends_at = now + 60.0 * plan.minutes
    row = Sitting(
        id=new_id(),
        user_id=user_id,
        interview=plan.name,
        title=dict(plan.title),
        started_at=now,
        ends_at=ends_at,
    )
    session.add(row)
    session.flush()
    at, place = now, 0
    for number, one in enumerate(plan.rounds, start=1):
        until = at + 60.0 * one.minutes
        session.add(
            SittingRound(
                sitting_id=row.id, position=number, title=one.title, starts_at=at, ends_at=until
            )
        )
        session.flush()
        for slug in one.tasks:
            place += 1
            session.add(
                SittingTask(
                    sitting_id=row.id, problem_id=offered[slug], round=number, position=place
                )
            )
        at = until
    session.flush()
    return row


def end_round(db: Database, user_id: str, sitting_id: str, position: int) -> SittingView:
    """End the round at `position`; the next one begins now, with all of its minutes.

    Raises NotFoundError, InterviewError where that round does not run, UnavailableError.
    """
    with db.write() as session:
        row = session.get(Sitting, sitting_id, with_for_update={"key_share": True})
        if row is None or row.user_id != user_id:
            raise no_such_sitting(sitting_id)
        now = db.now(session)
        rounds = _rounds(session, row.id)
        running = next((one for one in rounds if one.starts_at <= now < one.ends_at), None)
        if running is None:
            raise InterviewError("The interview is over: there is no round to end; see its report.")
        # A repeated request must not end two rounds.
        if running.position != position:
            raise InterviewError(
                f"Round {running.position} is running, not round {position}. Nothing was ended."
            )
        saved = running.ends_at - now
        running.ends_at = now
        for one in rounds:
            if one.position > running.position:
                one.starts_at -= saved
                one.ends_at -= saved
        row.ends_at -= saved
        session.flush()
        return view_of(session, row, now)


def read_sitting(db: Database, sitting_id: str) -> SittingView:
    """One sitting, of any user. Raises NotFoundError, UnavailableError."""
    with db.read() as session:
        row = session.get(Sitting, sitting_id)
        if row is None:
            raise no_such_sitting(sitting_id)
        return view_of(session, row, db.now(session))


def list_sittings(db: Database, user_id: str) -> list[SittingView]:
    """The user's sittings, newest first, at most `MOST_LISTED`. Raises UnavailableError."""
    query = select(Sitting).where(Sitting.user_id == user_id).order_by(Sitting.id.desc())
    with db.read() as session:
        now = db.now(session)
        rows = session.scalars(query.limit(MOST_LISTED)).all()
        return [view_of(session, row, now) for row in rows]


def all_sittings(db: Database, user_id: str) -> Iterator[SittingView]:
    """All of the user's sittings, oldest first, each read in a transaction of its own: a slow
    download must not hold one open. Raises UnavailableError."""
    with db.read() as session:
        ids = session.scalars(
            select(Sitting.id).where(Sitting.user_id == user_id).order_by(Sitting.id)
        ).all()
    for id in ids:
        with db.read() as session:
            row = session.get(Sitting, id)
            # None if it was deleted since.
            view = None if row is None else view_of(session, row, db.now(session))
        if view is not None:
            yield view


def running_sitting(db: Database, user_id: str) -> SittingView | None:
    """The user's running sitting, if any. Raises UnavailableError."""
    with db.read() as session:
        now = db.now(session)
        row = session.scalar(
            select(Sitting).where(Sitting.user_id == user_id, Sitting.ends_at > now)
        )
        return None if row is None else view_of(session, row, now)


def _rounds(session: Session, sitting_id: str) -> Sequence[SittingRound]:
    query = select(SittingRound).where(SittingRound.sitting_id == sitting_id)
    return session.scalars(query.order_by(SittingRound.position)).all()


def view_of(session: Session, row: Sitting, now: float) -> SittingView:
    """A sitting's row as a view at the moment `now`, for callers inside `judge`."""
    rounds = _rounds(session, row.id)
    sent = _sent(session, row.id)
    tasks = (
        select(
            SittingTask.round, Problem.id, Problem.slug, ProblemVersion.title, ProblemVersion.kind
        )
        .join(Problem, Problem.id == SittingTask.problem_id)
        .join(
            ProblemVersion,
            (ProblemVersion.problem_id == Problem.id) & (ProblemVersion.number == Problem.version),
        )
        .where(SittingTask.sitting_id == row.id)
        .order_by(SittingTask.position)
    )
    by_round: dict[int, list[TaskView]] = {one.position: [] for one in rounds}
    ends = {one.position: one.ends_at for one in rounds}
    for number, problem_id, slug, title, kind in session.execute(tasks):
        mine = sent.get(problem_id, [])
        total = _sum(mine)
        is_over = now >= ends[number]
        by_round[number].append(
            TaskView(
                slug,
                problem_id,
                title,
                kind,
                tuple(_told(one, is_over=is_over) for one in mine),
                total.solved_at,
                total.num_judged,
            )
        )
    return SittingView(
        row.id,
        row.interview,
        row.title,
        row.user_id,
        session.get_one(User, row.user_id).name,
        row.started_at,
        row.ends_at,
        now,
        tuple(
            RoundView(
                one.position,
                one.title,
                one.starts_at,
                one.ends_at,
                _state(one, now),
                tuple(by_round[one.position]),
            )
            for one in rounds
        ),
    )


def _state(one: SittingRound, now: float) -> RoundState:
    if now < one.starts_at:
        return RoundState.WAITING
    return RoundState.RUNNING if now < one.ends_at else RoundState.OVER


@dataclass(frozen=True, slots=True)
class _Judged:
    id: str
    sent_at: float
    verdict: Verdict | None
    diagnosis: Texts


def _sent(session: Session, sitting_id: str) -> dict[str, list[_Judged]]:
    """All submissions made in time, by the problem's id, oldest first."""
    query = (
        select(
            Submission.problem_id,
            Submission.id,
            Submission.created_at,
            Judging.verdict,
            Judging.diagnosis,
        )
        .join(SittingSubmission, SittingSubmission.submission_id == Submission.id)
        .join(Judging, Judging.id == Submission.judging_id)
        .where(SittingSubmission.sitting_id == sitting_id)
        .order_by(Submission.created_at, Submission.id)
    )
    found: dict[str, list[_Judged]] = {}
    for problem_id, id, at, verdict, diagnosis in session.execute(query):
        judged = _Judged(id, at, Verdict(verdict) if verdict else None, diagnosis or {})
        found.setdefault(problem_id, []).append(judged)
    return found


def _sum(sent: Sequence[_Judged]) -> CellSum:
    attempts = [Attempt(one.sent_at, one.verdict) for one in sent if one.verdict is not None]
    # Attempts count as on boards; all of these lie within the round.
    return cell_of(attempts, Window("")) or CellSum(None, 0)


def _told(one: _Judged, *, is_over: bool) -> Sent:
    passed = None if one.verdict is None else one.verdict is Verdict.AC
    if not is_over:
        return Sent(one.id, one.sent_at, passed, None, {})
    return Sent(one.id, one.sent_at, passed, one.verdict, one.diagnosis)


def no_such_sitting(sitting_id: str) -> NotFoundError:
    """For an id that does not exist, or that the reader may not see."""
    return NotFoundError(f"There is no sitting {sitting_id[:100]!r} of yours.")
