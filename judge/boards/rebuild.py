"""Computes the boards again from submissions and judgings alone, with the same result.

Each row of a board belongs to one user. So a few users are rebuilt at a time, in one short
transaction: readers see a user's old rows or the new ones, and verdicts are counted meanwhile.
"""

import bisect
import itertools
import time
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict
from typing import Any

from sqlalchemy import case, delete, func, insert, or_, select
from sqlalchemy.orm import Session, aliased

from judge.boards.keeping import (
    all_points,
    lock_shared,
    lock_users,
    refresh_rows_of_board,
    refresh_rows_of_users,
)
from judge.boards.rules import Attempt, cell_of, interval_of
from judge.boards.windows import Window, day_of, set_window, windows_of
from judge.db.board_models import BoardCell, BoardRow, FastestSolve, Judged, Timing
from judge.db.models import Judging, Submission, User
from judge.db.session import Database, announce_after_commit
from judge.db.team_models import PracticeProblem, PracticeSet, TeamMember
from judge.events import BOARDS
from judge.states import Purpose, State
from judge.verdict import Verdict

_BATCH = 1000
_USERS = 200
AT_A_TIME = 500
"""How many submissions a transaction covers; it takes some tens of milliseconds."""
_NO_TIME = {"median_s": None, "low_s": None, "high_s": None, "num_timings": 0}

Line = dict[str, Any]
Sets = Mapping[tuple[str, str], list[Window]]


def rebuild(db: Database, at_a_time: int = AT_A_TIME) -> int:
    """Compute every board again, with at most `at_a_time` submissions or one user in a transaction;
    return how many submissions count.

    Raises UnavailableError.
    """
    counted, after = 0, ""
    while users := _next_users(db, after, at_a_time):
        begun = time.monotonic()
        counted += _rebuild_users(db, users)
        after = users[-1]
        if not db.is_postgres:
            # SQLite gives its lock to the first that asks, and a waiting writer asks only rarely.
            time.sleep(time.monotonic() - begun)
    return counted


def _next_users(db: Database, after: str, at_a_time: int) -> list[str]:
    """The next users: at most `at_a_time` submissions together, or one user with more."""
    sent = select(func.count()).where(Submission.user_id == User.id).scalar_subquery()
    query = select(User.id, sent).where(User.id > after).order_by(User.id).limit(_USERS)
    with db.read() as session:
        found = session.execute(query).all()
    sums = list(itertools.accumulate(number for _, number in found))
    fitting = bisect.bisect_right(sums, at_a_time)
    return [id for id, _ in found[: max(1, fitting)]]


def _rebuild_users(db: Database, users: Sequence[str]) -> int:
    """Compute these users' rows again in one transaction; return how many of their submissions
    count."""
    with db.write() as session:
        lock_shared(db, session)
        lock_users(db, session, users)
        for table in (FastestSolve, BoardRow, BoardCell, Judged):
            session.execute(delete(table).where(table.user_id.in_(users)))
        points = all_points(session)
        off_boards = or_(User.banned_at.is_not(None), User.role == "guest")
        unlisted = set(session.scalars(select(User.id).where(off_boards, User.id.in_(users))))
        sets = _sets(session, users)
        keep = _Batches(session)
        counted = 0
        # Sorted by user and problem, so the lines of a pair are adjacent.
        pairs = itertools.groupby(
            _lines(session, users), lambda one: (one["user_id"], one["problem_id"])
        )
        for (user_id, problem_id), pair in pairs:
            lines = list(pair)
            counted += len(lines)
            keep.add(Judged, lines)
            attempts = [Attempt(line["submitted_at"], Verdict(line["verdict"])) for line in lines]
            calendar = {window for a in attempts for window in windows_of(a.submitted_at)}
            for window in (*calendar, *sets.get((user_id, problem_id), ())):
                _keep_cell(keep, window, user_id, problem_id, attempts, points[problem_id])
            accepted = [line for line in lines if line["verdict"] == Verdict.AC]
            if accepted:
                # The same choice that `keeping` makes in SQL.
                best = min(accepted, key=lambda line: (line["median_s"], line["submission_id"]))
                columns = FastestSolve.__table__.columns.keys()
                kept = {name: best[name] for name in columns if name != "listed"}
                keep.add(FastestSolve, [{**kept, "listed": user_id not in unlisted}])
        keep.flush()
        refresh_rows_of_users(session, users)
    return counted


def _lines(session: Session, users: Sequence[str]) -> Iterator[Line]:
    """The rows of `judged`, from each submission's newest finished judging that is not JE, or the
    newest one if all are; their ids sort in their order."""
    other = aliased(Judging)
    sound = case((other.verdict != Verdict.JE, other.id))
    newest = (
        select(func.coalesce(func.max(sound), func.max(other.id)))
        .where(other.submission_id == Submission.id, other.state == State.DONE)
        # A preview that is applied becomes a rejudge; before that it counts nowhere.
        .where(other.purpose != Purpose.PREVIEW)
        .scalar_subquery()
    )
    query = (
        select(
            Submission.id,
            Submission.user_id,
            Submission.problem_id,
            Submission.created_at,
            Submission.language,
            Judging.id,
            Judging.verdict,
            Judging.cpu_s,
            Timing.cpu_s,
        )
        .select_from(Submission)
        .join(Judging, Judging.id == newest)
        .outerjoin(Timing, Timing.judging_id == Judging.id)
        .where(Submission.purpose == Purpose.SUBMISSION, Submission.user_id.in_(users))
        .order_by(Submission.user_id, Submission.problem_id, Submission.id)
    )
    for row in session.execute(query.execution_options(yield_per=_BATCH)):
        id, user_id, problem_id, at, language, judging_id, verdict, cpu_s, again = row
        timed = verdict == Verdict.AC and cpu_s is not None
        yield {
            "submission_id": id,
            "judging_id": judging_id,
            "user_id": user_id,
            "problem_id": problem_id,
            "submitted_at": at,
            "day": day_of(at),
            "verdict": verdict,
            "language": language,
            **(asdict(interval_of([cpu_s, *(again or [])])) if timed else _NO_TIME),
        }


def _sets(session: Session, users: Sequence[str]) -> Sets:
    """The practice sets' windows by (user, problem), for these users."""
    query = (
        select(
            TeamMember.user_id,
            PracticeProblem.problem_id,
            PracticeSet.id,
            PracticeSet.starts_at,
            PracticeSet.ends_at,
        )
        .join(PracticeSet, PracticeSet.team_id == TeamMember.team_id)
        .join(PracticeProblem, PracticeProblem.set_id == PracticeSet.id)
        .where(TeamMember.user_id.in_(users))
    )
    found: dict[tuple[str, str], list[Window]] = {}
    for user_id, problem_id, id, starts_at, ends_at in session.execute(query):
        window = set_window(id, starts_at, ends_at)
        found.setdefault((user_id, problem_id), []).append(window)
    return found


class _Batches:
    """Collects rows, and inserts them into their tables a thousand at a time."""

    def __init__(self, session: Session) -> None:
        self._session = session
        self._waiting: dict[type[Any], list[Line]] = {Judged: [], BoardCell: [], FastestSolve: []}

    def add(self, table: type[Any], rows: Iterable[Line]) -> None:
        waiting = self._waiting[table]
        waiting.extend(rows)
        if len(waiting) >= _BATCH:
            self._insert(table)

    def flush(self) -> None:
        for table in self._waiting:
            self._insert(table)

    def _insert(self, table: type[Any]) -> None:
        if rows := self._waiting[table]:
            self._session.execute(insert(table.__table__), rows)
            rows.clear()


def refresh_set(
    session: Session, window: Window, user_ids: Iterable[str], problems: Iterable[str]
) -> None:
    """Compute a practice set's board again, for these members and problems only.

    The caller has called `lock_exclusive` before it read the members: one may leave meanwhile.
    """
    session.flush()
    for table in (BoardRow, BoardCell):
        session.execute(delete(table).where(table.board == window.board))
    keep = _Batches(session)
    points = all_points(session, tuple(problems))
    query = (
        select(Judged.user_id, Judged.problem_id, Judged.submitted_at, Judged.verdict)
        .where(Judged.user_id.in_(tuple(user_ids)), Judged.problem_id.in_(tuple(points)))
        .where(Judged.submitted_at >= window.starts_at, Judged.submitted_at < window.ends_at)
        .order_by(Judged.user_id, Judged.problem_id)
    )
    lines = session.execute(query).all()
    for (user_id, problem_id), group in itertools.groupby(lines, lambda line: line[:2]):
        attempts = [Attempt(at, Verdict(verdict)) for _, _, at, verdict in group]
        _keep_cell(keep, window, user_id, problem_id, attempts, points[problem_id])
    keep.flush()
    refresh_rows_of_board(session, window.board)
    announce_after_commit(session, BOARDS)


def _keep_cell(
    keep: "_Batches",
    window: Window,
    user_id: str,
    problem_id: str,
    attempts: Iterable[Attempt],
    points: int,
) -> None:
    cell = cell_of(attempts, window)
    if cell is not None:
        ids = {"board": window.board, "user_id": user_id, "problem_id": problem_id}
        gained = 0 if cell.solved_at is None else points
        keep.add(BoardCell, [{**ids, **asdict(cell), "points": gained}])
