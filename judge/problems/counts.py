"""How many users have solved each problem, and how many submissions to it were judged."""

import threading
import time
from collections.abc import Mapping
from dataclasses import dataclass

from sqlalchemy import func, select

from judge.db.board_models import FastestSolve, Judged
from judge.db.session import Database
from judge.errors import UnavailableError
from judge.verdict import Verdict

# Up to this many submissions are counted again for each answer, in some milliseconds.
_FEW = 20_000
# More are counted in another thread, which takes at most a fiftieth of the time.
_REST = 50


@dataclass(frozen=True, slots=True)
class Counts:
    """`num_judged` are submissions with a verdict other than CE and JE, `num_accepted` those with
    AC; guests' submissions are among them. `num_solvers` are the people on the problem's board."""

    num_solvers: int = 0
    num_judged: int = 0
    num_accepted: int = 0


class ProblemCounts:
    """The counts of all problems, by id.

    Counting a million submissions takes a quarter of a second. So if there are many, a reader gets
    the last counts, and starts a new count unless the last one was just now.
    """

    def __init__(self, db: Database) -> None:
        self._db = db
        self._known: Mapping[str, Counts] = {}
        self._num_judged = 0
        self._took_s = 0.0
        self._counted_at = float("-inf")
        self._counting = threading.Lock()

    def read(self) -> Mapping[str, Counts]:
        """The counts by the problem's id; problems without any are left out. Raises
        UnavailableError."""
        # The first reader waits, however long it takes: there are no counts yet.
        if self._num_judged <= _FEW:
            self._count()
            return self._known
        is_old = time.monotonic() - self._counted_at >= _REST * self._took_s
        # If another thread counts already, it will be done soon.
        if is_old and self._counting.acquire(blocking=False):
            threading.Thread(target=self._count_beside, daemon=True).start()
        return self._known

    def _count_beside(self) -> None:
        try:
            self._count()
        except UnavailableError:
            # The next reader tries again; the last counts stay.
            pass
        finally:
            self._counting.release()

    def _count(self) -> None:
        begun = time.monotonic()
        judged = select(Judged.problem_id, Judged.verdict, func.count()).group_by(
            Judged.problem_id, Judged.verdict
        )
        solvers = (
            select(FastestSolve.problem_id, func.count())
            .where(FastestSolve.listed.is_(True))
            .group_by(FastestSolve.problem_id)
        )
        attempts: dict[str, int] = {}
        accepted: dict[str, int] = {}
        with self._db.read() as session:
            for problem, verdict, count in session.execute(judged):
                if Verdict(verdict).facts.is_attempt:
                    attempts[problem] = attempts.get(problem, 0) + count
                if verdict == Verdict.AC:
                    accepted[problem] = count
            num_solvers = dict(session.execute(solvers).all())
        self._known = {
            problem: Counts(num_solvers.get(problem, 0), judged, accepted.get(problem, 0))
            for problem, judged in attempts.items()
        }
        self._num_judged = sum(attempts.values())
        self._counted_at = time.monotonic()
        self._took_s = self._counted_at - begun
