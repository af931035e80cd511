"""What a user has done: score, solved problems, a year day by day, streaks. Days are in UTC."""

import itertools
from collections import Counter
from collections.abc import Sequence, Set
from dataclasses import dataclass
from datetime import date, timedelta

from sqlalchemy import case, func, select
from sqlalchemy.orm import Session

from judge.accounts.usernames import name_key
from judge.boards.views import count_better
from judge.boards.windows import ALL, day_of
from judge.db.board_models import BoardCell, BoardRow, FastestSolve, Judged
from judge.db.models import Problem, User
from judge.db.session import Database
from judge.errors import NotFoundError
from judge.problems.views import ProblemSummary, all_problems
from judge.verdict import Verdict

YEAR_DAYS = 371
"""53 whole weeks, which hold any 365 days: the picture has a column for each week."""
_EPOCH = date(1970, 1, 1)


@dataclass(frozen=True, slots=True)
class Day:
    """How many submissions of a day were judged, and how many of them accepted."""

    date: str
    num_judged: int
    num_accepted: int


@dataclass(frozen=True, slots=True)
class Solved:
    """A solved problem; `time` in epoch seconds. `num_judged` counts the tries up to the first AC,
    without CE and JE. `best_s` is the CPU time (s) of the fastest accepted submission, None where
    none was measured."""

    slug: str
    time: float
    num_judged: int
    best_s: float | None


@dataclass(frozen=True, slots=True)
class Topic:
    """A tag, and how many of its problems are solved."""

    tag: str
    num_solved: int
    num_problems: int


@dataclass(frozen=True, slots=True)
class Profile:
    """A user's public profile. `rank` is the one on the all-time board, None while nothing is
    solved. `topics` are the tags of all problems: most solved first, then most problems. `days`
    are those with submissions. A streak is a run of days with an accepted submission each; the
    current one ends today or yesterday."""

    name: str
    created_at: float
    score: int
    rank: int | None
    num_solved: int
    solved: tuple[Solved, ...]
    topics: tuple[Topic, ...]
    current_streak: int
    longest_streak: int
    days: tuple[Day, ...]


def read_profile(db: Database, name: str) -> Profile:
    """The profile of `name`. Raises NotFoundError (banned users and guests have none),
    UnavailableError."""
    today = day_of(db.about_now())
    problems = all_problems(db)
    with db.read() as session:
        user = session.scalar(select(User).where(User.name_key == name_key(name)))
        if user is None or user.banned_at is not None or user.role == "guest":
            raise NotFoundError(f"There is no user {name[:64]!r}.")
        row = session.get(BoardRow, (ALL.board, user.id))
        query = select(Judged.day).where(Judged.user_id == user.id, Judged.verdict == Verdict.AC)
        accepted = list(session.scalars(query.distinct().order_by(Judged.day)))
        current, longest = streaks(accepted, today)
        rank = None
        if row and row.num_solved:
            rank = count_better(session, ALL, row.deficit) + 1
        fastest = (FastestSolve.problem_id == BoardCell.problem_id) & (
            FastestSolve.user_id == user.id
        )
        solved = (
            select(Problem.slug, BoardCell.solved_at, BoardCell.num_judged, FastestSolve.median_s)
            .join(Problem, Problem.id == BoardCell.problem_id)
            .outerjoin(FastestSolve, fastest)
            .where(BoardCell.board == ALL.board, BoardCell.user_id == user.id)
            .where(BoardCell.solved_at.is_not(None), Problem.withdrawn_at.is_(None))
            .order_by(BoardCell.solved_at, Problem.slug)
        )
        found = tuple(
            Solved(slug, at or 0.0, num_judged, best_s)
            for slug, at, num_judged, best_s in session.execute(solved)
        )
        return Profile(
            name=user.name,
            created_at=user.created_at,
            score=-row.deficit if row else 0,  # stored negated; see `BoardRow`
            rank=rank,
            num_solved=row.num_solved if row else 0,
            solved=found,
            topics=_topics(problems, {one.slug for one in found}),
            current_streak=current,
            longest_streak=longest,
            days=_days(session, user.id, today - YEAR_DAYS + 1),
        )


def streaks(days: Sequence[int], today: int) -> tuple[int, int]:
    """(current, longest) run of consecutive days; `days` ascend, each once."""
    # In a run of consecutive days, day minus position is the same for all.
    runs = [
        [day for _, day in run]
        for _, run in itertools.groupby(enumerate(days), lambda pair: pair[1] - pair[0])
    ]
    longest = max((len(run) for run in runs), default=0)
    # Yesterday counts too: a user who has not practised yet today keeps the streak.
    goes_on = bool(runs) and runs[-1][-1] >= today - 1
    return (len(runs[-1]) if goes_on else 0), longest


def _topics(problems: Sequence[ProblemSummary], solved: Set[str]) -> tuple[Topic, ...]:
    total = Counter(tag for one in problems for tag in one.tags)
    done = Counter(tag for one in problems if one.slug in solved for tag in one.tags)
    order = sorted(total, key=lambda tag: (-done[tag], -total[tag], tag))
    return tuple(Topic(tag, done[tag], total[tag]) for tag in order)


def _days(session: Session, user_id: str, first: int) -> tuple[Day, ...]:
    accepted = func.sum(case((Judged.verdict == Verdict.AC, 1), else_=0))
    query = (
        select(Judged.day, func.count(), accepted)
        .where(Judged.user_id == user_id, Judged.day >= first)
        .group_by(Judged.day)
        .order_by(Judged.day)
    )
    return tuple(
        Day((_EPOCH + timedelta(days=day)).isoformat(), judged, solved)
        for day, judged, solved in session.execute(query)
    )
