"""Writes the boards after a verdict, a ban or a change of a problem.

Everything runs in the caller's transaction, so that a board never shows what did not happen.
On PostgreSQL the verdicts of one user are counted one after another (the row in `user` is locked),
and a change of many users' rows excludes all verdicts (an advisory lock); SQLite has one writer
anyway. Each sum is computed from its parts, never counted up, so rejudges, repeats and any order of
verdicts give the same result.
"""

from collections.abc import Collection, Sequence
from contextlib import nullcontext
from dataclasses import asdict
from typing import Any

from sqlalchemy import Row, and_, bindparam, delete, select, text, update
from sqlalchemy.orm import Session

from judge.boards import news
from judge.boards.rules import interval_of, points_of
from judge.boards.windows import day_of, set_window, windows_of
from judge.db.board_models import BoardRow, FastestSolve, Judged
from judge.db.models import Judging, Problem, ProblemVersion, Submission, User
from judge.db.session import Database, announce_after_commit
from judge.db.team_models import PracticeProblem, PracticeSet, TeamMember
from judge.db.upsert import changed, put
from judge.events import BOARDS
from judge.states import Purpose
from judge.verdict import Verdict

# Any constant does; it must differ from the migrations' own.
_ADVISORY_LOCK = 0x5104052

_LOCK_SHARED = text("SELECT pg_advisory_xact_lock_shared(:key)")

# CE and JE as a list for SQL: they say nothing about the solution, so they are no attempts.
_NO_ATTEMPTS = ", ".join(f"'{verdict}'" for verdict in Verdict if not verdict.facts.is_attempt)
# A cell: the first AC within the window, and the attempts up to it (all, if there is no AC).
# WHERE true: without it SQLite parses ON CONFLICT as a join's condition.
_PUT_CELL = text(
    f"""
INSERT INTO board_cell (board, user_id, problem_id, solved_at, num_judged, points)
SELECT :board, :user_id, :problem_id, first.at,
    (SELECT count(*) FROM judged
     WHERE user_id = :user_id AND problem_id = :problem_id AND verdict NOT IN ({_NO_ATTEMPTS})
       AND submitted_at >= :starts_at AND submitted_at < :ends_at
       AND (first.at IS NULL OR submitted_at <= first.at)),
    CASE WHEN first.at IS NULL THEN 0 ELSE :points END
FROM (SELECT min(submitted_at) AS at FROM judged
      WHERE user_id = :user_id AND problem_id = :problem_id AND verdict = 'AC'
        AND submitted_at >= :starts_at AND submitted_at < :ends_at) AS first
WHERE true
ON CONFLICT (board, user_id, problem_id) DO UPDATE SET
    solved_at = excluded.solved_at, num_judged = excluded.num_judged, points = excluded.points
"""  # noqa: S608 - all of it is ours
)

# Rows are summed from cells. Those without points don't count as solved: `nullif` makes them
# NULL, which `count` leaves out.
_PUT_ROWS = """
INSERT INTO board_row (board, user_id, listed, deficit, num_solved, last_gain_at)
SELECT c.board, c.user_id, u.banned_at IS NULL AND u.role <> 'guest', -sum(c.points),
    count(nullif(c.points, 0)), coalesce(max(CASE WHEN c.points > 0 THEN c.solved_at END), 0)
FROM board_cell c JOIN "user" u ON u.id = c.user_id
WHERE {which}
GROUP BY c.board, c.user_id, u.banned_at, u.role
ON CONFLICT (board, user_id) DO UPDATE SET
    listed = excluded.listed, deficit = excluded.deficit, num_solved = excluded.num_solved,
    last_gain_at = excluded.last_gain_at
"""
_PUT_ROW = text(_PUT_ROWS.format(which="c.board = :board AND c.user_id = :user_id"))
_PUT_ROWS_OF_PROBLEM = text(
    _PUT_ROWS.format(
        which="""(c.board, c.user_id) IN
    (SELECT board, user_id FROM board_cell WHERE problem_id = :problem_id)"""
    )
)
_PUT_ROWS_OF_BOARD = text(_PUT_ROWS.format(which="c.board = :board"))
_PUT_ROWS_OF_USERS = text(_PUT_ROWS.format(which="c.user_id IN :user_ids")).bindparams(
    bindparam("user_ids", expanding=True)
)
# Of equal medians the earliest submission is chosen, so that it is the same one each time.
_PUT_FASTEST = text("""
INSERT INTO fastest_solve (problem_id, user_id, listed, submission_id, judging_id, language,
    submitted_at, median_s, low_s, high_s, num_timings)
SELECT j.problem_id, j.user_id, u.banned_at IS NULL AND u.role <> 'guest', j.submission_id,
    j.judging_id, j.language, j.submitted_at, j.median_s, j.low_s, j.high_s, j.num_timings
FROM judged j JOIN "user" u ON u.id = j.user_id
WHERE j.user_id = :user_id AND j.problem_id = :problem_id AND j.verdict = 'AC'
ORDER BY j.median_s, j.submission_id LIMIT 1
ON CONFLICT (problem_id, user_id) DO UPDATE SET
    listed = excluded.listed, submission_id = excluded.submission_id,
    judging_id = excluded.judging_id, language = excluded.language,
    submitted_at = excluded.submitted_at, median_s = excluded.median_s, low_s = excluded.low_s,
    high_s = excluded.high_s, num_timings = excluded.num_timings
""")
_SET_POINTS = text("""
UPDATE board_cell SET points = CASE WHEN solved_at IS NULL THEN 0 ELSE :points END
WHERE problem_id = :problem_id
""")


# Built once, not for each verdict. Selecting columns takes half the time of ORM objects.
_submission, _problem, _version, _user = (
    model.__table__ for model in (Submission, Problem, ProblemVersion, User)
)
_NEWEST = and_(_version.c.problem_id == _problem.c.id, _version.c.number == _problem.c.version)
# Without the source, which may be long.
_COUNTED = (
    select(
        _submission.c.judging_id,
        _submission.c.user_id,
        _submission.c.problem_id,
        _submission.c.created_at,
        _submission.c.language,
        _problem.c.withdrawn_at,
        _version.c.difficulty,
    )
    .join_from(_submission, _problem, _problem.c.id == _submission.c.problem_id)
    .join(_version, _NEWEST)
    .join(_user, _user.c.id == _submission.c.user_id)
    .where(_submission.c.id == bindparam("submission_id"))
    # Locks the user as `lock_users` does, in the same statement.
    .with_for_update(of=_user, key_share=True)
)
_set, _task, _member = (model.__table__ for model in (PracticeSet, PracticeProblem, TeamMember))
_PRACTICE_SETS = (
    select(_set.c.id, _set.c.starts_at, _set.c.ends_at)
    .join_from(_set, _task, _task.c.set_id == _set.c.id)
    .join(_member, _member.c.team_id == _set.c.team_id)
    .where(
        _task.c.problem_id == bindparam("problem_id"),
        _member.c.user_id == bindparam("user_id"),
    )
)


def count_verdict(db: Database, session: Session, row: Judging | Row[Any]) -> None:
    """Update the boards after the judging `row` has got its verdict."""
    # A preview's verdict doesn't count yet: the submission still names another judging.
    # A submission in an interview counts only there; a batch counts nowhere.
    if row.purpose in (Purpose.RUN, Purpose.INTERVIEW, Purpose.PREVIEW, Purpose.BATCH):
        return
    session.flush()
    # The boards are locked before the user, as everywhere, so that no two writers deadlock; and
    # before the points are read, because their writer holds this lock exclusively.
    lock_shared(db, session)
    submission = session.execute(_COUNTED, {"submission_id": row.submission_id}).one()
    # The submission is being judged again: it names another judging.
    if submission.judging_id != row.id:
        return
    values: dict[str, Any] = {
        "submission_id": row.submission_id,
        "judging_id": row.id,
        "user_id": submission.user_id,
        "problem_id": submission.problem_id,
        "submitted_at": submission.created_at,
        "day": day_of(submission.created_at),
        "verdict": row.verdict,
        "language": submission.language,
    }
    who, what = submission.user_id, submission.problem_id
    accepted = row.verdict == Verdict.AC
    # A first verdict other than AC changes no rank and no fastest submission.
    moves = accepted or row.purpose != Purpose.SUBMISSION
    counted = _counted_verdict(session, row.submission_id) if moves else None
    # Our own failure says nothing about the solution, so the verdict before it still counts.
    if row.verdict == Verdict.JE and counted is not None:
        return
    shown = moves and submission.withdrawn_at is None
    before = news.look_before(session, who, what) if shown else None
    # A submission that has just got its verdict was not timed again yet.
    put(session, Judged, values | timed_columns(row, ()))
    points = _points(submission.difficulty, submission.withdrawn_at)
    _refresh(session, who, what, points, submission.created_at)
    if moves:
        with news.solvers_told(db, session, who, what) if before else nullcontext():
            refresh_fastest(session, who, what)
    if before is not None:
        told = {
            "submission": row.submission_id,
            "language": submission.language,
            "submitted_at": submission.created_at,
        }
        is_new = accepted and counted != Verdict.AC
        news.tell_after(db, session, before, who, what, told if is_new else None)
    announce_after_commit(session, BOARDS)


def _counted_verdict(session: Session, submission_id: str) -> str | None:
    """The submission's verdict on the boards; None before its first one."""
    return session.scalar(select(Judged.verdict).where(Judged.submission_id == submission_id))


def timed_columns(row: Judging | Row[Any], again: Sequence[float]) -> dict[str, Any]:
    """The time interval's columns: from the judging's own CPU time and those measured `again`."""
    if row.verdict != Verdict.AC or row.cpu_s is None:
        return {"median_s": None, "low_s": None, "high_s": None, "num_timings": 0}
    return asdict(interval_of([row.cpu_s, *again]))


def _refresh(session: Session, user_id: str, problem_id: str, points: int, at: float) -> None:
    """Compute a user's cells for this problem, and the user's rows, in all windows with `at`."""
    pair = {"user_id": user_id, "problem_id": problem_id}
    # Practice sets have dates of their own, and count only submissions between them.
    sets = [set_window(*row) for row in session.execute(_PRACTICE_SETS, pair)]
    windows = (*windows_of(at), *(window for window in sets if at in window))
    ids = pair | {"points": points}
    session.execute(_PUT_CELL, [asdict(window) | ids for window in windows])
    session.execute(_PUT_ROW, [{"board": one.board, "user_id": user_id} for one in windows])


def _points(difficulty: str, withdrawn_at: float | None) -> int:
    return points_of(difficulty) if withdrawn_at is None else 0


def points_for(session: Session, problem_id: str) -> int:
    """The points for the problem's newest version; 0 for a withdrawn problem."""
    return all_points(session, [problem_id])[problem_id]


def all_points(session: Session, problem_ids: Collection[str] | None = None) -> dict[str, int]:
    """{problem's id: its points}, as in `points_for`: of these problems, or of all."""
    query = select(Problem.id, Problem.withdrawn_at, ProblemVersion.difficulty).join(
        ProblemVersion, _NEWEST
    )
    if problem_ids is not None:
        query = query.where(Problem.id.in_(problem_ids))
    return {
        id: _points(difficulty, withdrawn_at)
        for id, withdrawn_at, difficulty in session.execute(query)
    }


def refresh_rows_of_board(session: Session, board: str) -> None:
    """Compute the rows of one board again from their cells."""
    session.execute(_PUT_ROWS_OF_BOARD, {"board": board})


def refresh_rows_of_users(session: Session, user_ids: Sequence[str]) -> None:
    """Compute these users' rows on every board again from their cells."""
    session.execute(_PUT_ROWS_OF_USERS, {"user_ids": user_ids})


def refresh_fastest(session: Session, user_id: str, problem_id: str) -> None:
    """Choose a user's fastest accepted submission to a problem again."""
    ids = {"user_id": user_id, "problem_id": problem_id}
    if changed(session, _PUT_FASTEST, ids) == 0:
        # No accepted submission is left, as after a rejudge: the stored row must go.
        mine = (FastestSolve.user_id == user_id) & (FastestSolve.problem_id == problem_id)
        session.execute(delete(FastestSolve).where(mine))


def problem_changed(db: Database, session: Session, problem_id: str) -> None:
    """Compute a problem's points and sums again, after a new version, withdrawal or restoration.

    Call it after the change, in the same transaction.
    """
    lock_exclusive(db, session)
    session.flush()
    session.execute(
        _SET_POINTS, {"problem_id": problem_id, "points": points_for(session, problem_id)}
    )
    session.execute(_PUT_ROWS_OF_PROBLEM, {"problem_id": problem_id})
    announce_after_commit(session, BOARDS)


_IS_LISTED = select(User.banned_at.is_(None) & (User.role != "guest"))


def list_user(session: Session, user_id: str) -> None:
    """Show a user on the boards, or hide one who is banned or a guest.

    Call it after the change of the user's row, in the same transaction, which has called
    `lock_exclusive` before it locked that row.
    """
    session.flush()
    listed = _IS_LISTED.where(User.id == user_id).scalar_subquery()
    for table in (BoardRow, FastestSolve):
        session.execute(update(table).where(table.user_id == user_id).values(listed=listed))
    announce_after_commit(session, BOARDS)


_LOCK_USERS = (
    select(User.id)
    .where(User.id.in_(bindparam("user_ids", expanding=True)))
    .order_by(User.id)
    .with_for_update(key_share=True)
)


def lock_users(db: Database, session: Session, user_ids: Sequence[str]) -> None:
    """Lock these users' sums until commit, for one writer at a time. New submissions don't wait
    for the lock."""
    if db.is_postgres:  # SQLite has one writer anyway
        # By id, so that two writers of several users each can't deadlock. `key_share` means FOR
        # NO KEY UPDATE: meanwhile new rows may still refer to the user.
        session.execute(_LOCK_USERS, {"user_ids": user_ids}).all()


def lock_shared(db: Database, session: Session) -> None:
    """Lock the boards in shared mode until commit: several transactions may count verdicts at once,
    but none while another holds the exclusive lock."""
    if db.is_postgres:
        session.execute(_LOCK_SHARED, {"key": _ADVISORY_LOCK})


def lock_exclusive(db: Database, session: Session) -> None:
    """Lock the boards exclusively until commit; all verdicts counted before are visible."""
    if db.is_postgres:
        session.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": _ADVISORY_LOCK})
