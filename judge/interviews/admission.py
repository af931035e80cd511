"""Decides whether a submission counts in an interview, as practice, or not at all.

The clock is the server's. While a user sits an interview, all submissions to its tasks belong to
it: there is no other way to the hidden tests. A submission to a task of another round than the
running one is refused. For a minute after the interview all of them are refused, because a late
submission was not meant as practice.
"""

from collections.abc import Collection
from dataclasses import dataclass

from sqlalchemy import bindparam, select
from sqlalchemy.orm import Session

from judge.db.interview_models import Sitting, SittingRound, SittingTask
from judge.db.models import Problem
from judge.db.session import Database
from judge.errors import InterviewError

LATE_S = 60.0


@dataclass(frozen=True, slots=True)
class Place:
    """A round of a user's sitting; the sitting is over at `over_at`. Times in epoch seconds."""

    sitting_id: str
    round: int
    starts_at: float
    ends_at: float
    over_at: float


_sitting, _round, _task = (model.__table__.c for model in (Sitting, SittingRound, SittingTask))
# Built once: it runs for each submission.
_TASKS = (
    select(
        _sitting.user_id,
        _task.problem_id,
        _sitting.id,
        _task.round,
        _round.starts_at,
        _round.ends_at,
        _sitting.ends_at,
    )
    .join_from(Sitting.__table__, SittingTask.__table__, _task.sitting_id == _sitting.id)
    .join(
        SittingRound.__table__,
        (_round.sitting_id == _task.sitting_id) & (_round.position == _task.round),
    )
    .where(
        _sitting.user_id.in_(bindparam("user_ids", expanding=True)),
        _sitting.ends_at > bindparam("after"),
    )
    # The newest sitting comes last, so it is the one that counts.
    .order_by(_sitting.id)
)
# FOR SHARE: ending a round and storing a submission that counts in it wait for each other.
_TASKS_KEPT = _TASKS.with_for_update(read=True, of=(_sitting.id, _round.sitting_id))


class Admission:
    """The rounds of users' sittings that run or have just ended, at the moment `now` (epoch s).
    With `keep`, none of these rounds can be ended until the transaction ends."""

    def __init__(
        self, session: Session, user_ids: Collection[str], now: float, *, keep: bool = False
    ) -> None:
        self._now = now
        asked = {"user_ids": list(user_ids), "after": now - LATE_S}
        tasks = session.connection().execute(_TASKS_KEPT if keep else _TASKS, asked)
        self._places = {
            (user_id, problem_id): Place(*place) for user_id, problem_id, *place in tasks
        }

    def find(self, user_id: str, problem_id: str) -> Place | None:
        """The round that this problem belongs to, whether the round runs or not."""
        return self._places.get((user_id, problem_id))

    def place_of(self, user_id: str, problem_id: str, slug: str) -> Place | None:
        """The round in which a submission to this problem counts; None if it is practice.

        Raises InterviewError if it counts as neither at this moment.
        """
        place, now = self.find(user_id, problem_id), self._now
        if place is None:
            return None
        if now < place.starts_at:
            raise InterviewError(
                f"{slug} belongs to round {place.round} of your interview, which begins in "
                f"{_span(place.starts_at - now)}. Nothing was stored; keep it until then."
            )
        if now < place.ends_at:
            return place
        if now < place.over_at:
            raise InterviewError(
                f"Round {place.round} of your interview ended {_span(now - place.ends_at)} ago. "
                f"Nothing was stored; go on with the round that runs. You can practise {slug} when "
                "the interview is over."
            )
        left = place.over_at + LATE_S - now
        raise InterviewError(
            f"Your interview ended {_span(now - place.over_at)} ago. Nothing was stored; the "
            f"report contains what you sent in time. To practise {slug}, send it again in "
            f"{_span(left)}."
        )


@dataclass(frozen=True, slots=True)
class TaskNow:
    """A problem that is a task of the interview which its reader sits at the moment `now`."""

    place: Place
    now: float

    @property
    def waits(self) -> bool:
        """Whether its round has not begun."""
        return self.now < self.place.starts_at

    @property
    def runs(self) -> bool:
        """Whether a submission counts now."""
        return self.place.starts_at <= self.now < self.place.ends_at

    @property
    def asks(self) -> bool:
        """Whether its round is running or still to come. Until the round is over, the reader must
        not see the problem's answers, even if they have solved it before."""
        return self.waits or self.runs

    @property
    def seconds_left(self) -> float:
        """Seconds until its round begins or ends; 0 after that."""
        until = self.place.starts_at if self.waits else self.place.ends_at
        return max(0.0, until - self.now)


def task_now(db: Database, user_id: str, problem_id: str) -> TaskNow | None:
    """The problem's place in the interview that the user sits; None if it isn't in one. Raises
    UnavailableError."""
    with db.read() as session:
        now = db.now(session)
        place = Admission(session, (user_id,), now).find(user_id, problem_id)
    return TaskNow(place, now) if place and now < place.over_at else None


def is_asked(db: Database, session: Session, user_id: str, slug: str) -> bool:
    """Whether the problem is a task of the user's running interview, whose round is not over."""
    problem_id = session.scalar(select(Problem.id).where(Problem.slug == slug))
    now = db.now(session)
    place = Admission(session, (user_id,), now).find(user_id, problem_id) if problem_id else None
    return place is not None and TaskNow(place, now).asks


def _span(seconds: float) -> str:
    """A length of time for a sentence, rounded up to at least 1 s."""
    whole = int(seconds) + 1
    return f"{whole} s" if whole < 120 else f"{whole // 60} min"
