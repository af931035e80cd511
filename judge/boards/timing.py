"""Timing accepted submissions again when nobody waits, so that problems' boards can be believed.

The fastest submission of each user is timed until there are enough timings. It is a measurement
and no judging: nothing waits for it, losing one costs nothing, and the verdict stays.
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

# A submission whose runs keep giving no time must not be timed for ever.
MOST_TRIES = 2 * ENOUGH_TIMINGS
# In these words, for the partial index on it to be used.
_STANDING = text("judging.state <> 'done'")


def somebody_waits(db: Database) -> bool:
    """Whether anything is queued or runs. Raises UnavailableError."""
    with db.read() as session:
        return _somebody_waits(session)


def _somebody_waits(session: Session) -> bool:
    return session.scalar(select(Judging.id).where(_STANDING).limit(1)) is not None


def next_to_time(db: Database, rested_s: float) -> str | None:
    """The judging whose source is to be timed next, when all is done since `rested_s` seconds.

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
            # Those with the fewest timings first: least is known of them.
            .order_by(FastestSolve.num_timings)
            .limit(1)
        )
        return session.scalar(query)


def add_timing(db: Database, judging_id: str, cpu_s: float | None) -> None:
    """Keep one more timing (CPU s), None for a try that gave none. Raises UnavailableError."""
    with db.write() as session:
        lock_shared(db, session)
        judging = session.get(Judging, judging_id)
        judged = session.get(Judged, judging.submission_id) if judging else None
        if judging is None or judged is None or judged.judging_id != judging_id:
            return  # rejudged meanwhile
        lock_users(db, session, [judged.user_id])
        # Read anew under the lock: another worker may have added one since.
        kept = session.get(Timing, judging_id, populate_existing=True)
        again = list(kept.cpu_s) if kept else []
        # The judging's own time is the first timing, so that one less is kept here.
        if cpu_s is not None and len(again) + 1 < ENOUGH_TIMINGS:
            again.append(cpu_s)
        tried = (kept.tried if kept else 0) + 1
        put(session, Timing, {"judging_id": judging_id, "cpu_s": again, "tried": tried})
        columns = timed_columns(judging, again)
        mine = update(Judged).where(Judged.submission_id == judged.submission_id)
        session.execute(mine.values(**columns))
        with solvers_told(db, session, judged.user_id, judged.problem_id):
            refresh_fastest(session, judged.user_id, judged.problem_id)
