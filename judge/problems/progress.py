"""How far a user is with each problem."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from sqlalchemy import bindparam, func, select

from judge.db.board_models import FastestSolve, Judged
from judge.db.session import Database
from judge.verdict import Verdict


class ProblemState(StrEnum):
    """What a user has done about a problem. CE and JE don't count as tries."""

    NEW = "new"
    TRIED = "tried"
    SOLVED = "solved"


@dataclass(frozen=True, slots=True)
class Progress:
    """`verdict` is AC once a submission was accepted, else the newest one's; `best_s` is the median
    CPU time (s) of the fastest accepted submission."""

    state: ProblemState = ProblemState.NEW
    verdict: Verdict | None = None
    best_s: float | None = None


# One row for each problem and verdict, however many submissions there are. Built once: building
# takes longer than the database needs.
_TRIED = (
    select(Judged.problem_id, Judged.verdict)
    .where(Judged.user_id == bindparam("user"))
    .group_by(Judged.problem_id, Judged.verdict)
    .order_by(func.max(Judged.submitted_at))
)
_FASTEST = select(FastestSolve.problem_id, FastestSolve.median_s).where(
    FastestSolve.user_id == bindparam("user")
)


def read_progress(db: Database, user_id: str) -> Mapping[str, Progress]:
    """The user's progress by the problem's id; untouched problems are left out. Raises
    UnavailableError."""
    user = {"user": user_id}
    with db.read() as session:
        rows = [(problem, Verdict(verdict)) for problem, verdict in session.execute(_TRIED, user)]
        best_s = dict(session.execute(_FASTEST, user).all())
    found: dict[str, Progress] = {}
    # In the order of time: a later verdict replaces an earlier one, but none replaces AC.
    for problem, verdict in rows:
        known = found.get(problem, Progress())
        if verdict is Verdict.AC:
            found[problem] = Progress(ProblemState.SOLVED, verdict, best_s.get(problem))
        elif known.state is not ProblemState.SOLVED:
            tried = verdict.facts.is_attempt or known.state is ProblemState.TRIED
            state = ProblemState.TRIED if tried else ProblemState.NEW
            found[problem] = Progress(state, verdict)
    return found
