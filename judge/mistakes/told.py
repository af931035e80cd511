"""The known mistakes that a user's submissions were found to make: what to look at again."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Row, bindparam, func, select

from judge.db.board_models import Judged
from judge.db.models import Judging, Problem
from judge.db.session import Database
from judge.verdict import Verdict

MOST = 20
LOOKED_AT = 200
"""How many of the newest rejected submissions are looked through."""


@dataclass(frozen=True, slots=True)
class ToldMistake:
    """A known mistake in a user's submissions to one problem. `line` is by language tag;
    `num_told` counts the submissions that make it; `submission` is the newest of them, sent at
    `submitted_at` (epoch seconds). `solved_since` says whether a later one was accepted."""

    problem: str
    line: Mapping[str, str]
    submission: str
    verdict: Verdict
    submitted_at: float
    num_told: int
    solved_since: bool


# Built once: building takes longer than the database needs. An index has each user's days and
# verdicts, so that only rows that are looked at are read.
_newest = (
    select(Judged)
    .where(Judged.user_id == bindparam("user"), Judged.verdict != Verdict.AC)
    .order_by(Judged.day.desc())
    .limit(LOOKED_AT)
    .subquery()
)
_TOLD = (
    select(
        *(_newest.c[name] for name in ("problem_id", "submission_id", "verdict", "submitted_at")),
        Problem.slug,
        Judging.diagnosis,
    )
    .join(Judging, Judging.id == _newest.c.judging_id)
    .join(Problem, Problem.id == _newest.c.problem_id)
    .where(Problem.withdrawn_at.is_(None))
    # Ids sort by time.
    .order_by(_newest.c.submission_id.desc())
)
_SOLVED = (
    select(Judged.problem_id, func.max(Judged.submitted_at))
    .where(Judged.user_id == bindparam("user"), Judged.verdict == Verdict.AC)
    .where(Judged.problem_id.in_(bindparam("problems", expanding=True)))
    .group_by(Judged.problem_id)
)


def read_told_mistakes(db: Database, user_id: str) -> list[ToldMistake]:
    """The user's known mistakes, newest first, at most `MOST`; without those of withdrawn problems.
    Raises UnavailableError."""
    # For each mistake, the newest submission, and how many there are.
    newest: dict[tuple[str, frozenset[tuple[str, str]]], Row[*tuple[Any, ...]]] = {}
    num_told: Counter[tuple[str, frozenset[tuple[str, str]]]] = Counter()
    with db.read_columns() as connection:
        for row in connection.execute(_TOLD, {"user": user_id}):
            # Most submissions resemble no known mistake.
            if row.diagnosis:
                key = row.problem_id, frozenset(row.diagnosis.items())
                newest.setdefault(key, row)
                num_told[key] += 1
        shown = list(newest.items())[:MOST]
        asked = {"user": user_id, "problems": [row.problem_id for _, row in shown]}
        solved_at = dict(connection.execute(_SOLVED, asked).all())
    return [
        ToldMistake(
            problem=row.slug,
            line=row.diagnosis,
            submission=row.submission_id,
            verdict=Verdict(row.verdict),
            submitted_at=row.submitted_at,
            num_told=num_told[key],
            solved_since=solved_at.get(row.problem_id, 0.0) > row.submitted_at,
        )
        for key, row in shown
    ]
