"""Times accepted submissions again when nobody waits, so that problems' boards are reliable.

The fastest submission of each user is timed until there are enough timings. This is a measurement,
not a judging: nothing waits for it, losing one does no harm, and the verdict stays.
"""

from sqlalchemy import func, select, text, update
from sqlalchemy.orm import Session

from judge.boards.keeping import lock_shared, lock_users, refresh_fastest, timed_columns
from judge.boards.news import solvers_told
from judge.boards.rules import ENOUGH_TIMINGS
from judge.db.board_models import FastestSolve, Judged, Timing
from judge.db.models import Judging
from judge.db.session import Database
from judge.db.upsert import put

# The limit for a submission whose runs never give a time.
MOST_TRIES = 2 * ENOUGH_TIMINGS
# Exactly this text, because only then the database uses the partial index on it.
_STANDING = text("judging.state <> 'done'")


def somebody_waits(db: Database) -> bool:
    """Whether any judging is queued or running. Raises UnavailableError."""
    with db.read() as session:
        return _somebody_waits(session)


def _somebody_waits(session: Session) -> bool:
    return session.scalar(select(Judging.id).where(_STANDING).limit(1)) is not None


def next_to_time(db: Database, rested_s: float) -> str | None:
    """The judging to time next; None unless all judgings have been done for `rested_s` seconds.

    Raises UnavailableError.
    """
    with db.read() as session:
        if _somebody_waits(session):
            return None
        newest = select(Judging.finished_at).order_by(Judging.id.desc()).limit(1)
        if db.now(session) - (session.scalar(newest) or 0.0) < rested_s:
            return None
        query = (
            select(FastestSolve.judging_id)
            .outerjoin(Timing, Timing.judging_id == FastestSolve.judging_id)
            .where(FastestSolve.num_timings < ENOUGH_TIMINGS)
            .where(func.coalesce(Timing.tried, 0) < MOST_TRIES)
            # The ones with the fewest timings first: least is known about them.
            .order_by(FastestSolve.num_timings)
            .limit(1)
        )
        return session.scalar(query)


def add_timing(db: Database, judging_id: str, cpu_s: float | None) -> None:
    """Store one more timing (CPU s); None for a run that gave none. Raises UnavailableError."""
    with db.write() as session:
        lock_shared(db, session)
        judging = session.get(Judging, judging_id)
        judged = session.get(Judged, judging.submission_id) if judging else None
        if judging is None or judged is None or judged.judging_id != judging_id:
            return  # rejudged meanwhile
        lock_users(db, session, [judged.user_id])
        # Read again under the lock: a rejudge may have got its verdict, and another worker may have
        # added a timing.
        judged = session.get(Judged, judging.submission_id, populate_existing=True)
        if judged is None or judged.judging_id != judging_id:
            return
        kept = session.get(Timing, judging_id, populate_existing=True)
        again = list(kept.cpu_s) if kept else []
        # The judging's own time is the first timing, so one less is stored here.
        if cpu_s is not None and len(again) + 1 < ENOUGH_TIMINGS:
            again.append(cpu_s)
        tried = (kept.tried if kept else 0) + 1
        put(session, Timing, {"judging_id": judging_id, "cpu_s": again, "tried": tried})
        columns = timed_columns(judging, again)
        mine = update(Judged).where(Judged.submission_id == judged.submission_id)
        session.execute(mine.values(**columns))
        with solvers_told(db, session, judged.user_id, judged.problem_id):
            refresh_fastest(session, judged.user_id, judged.problem_id)
