"""Forecasts the scores on the all-time board if some submissions had other verdicts."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from judge.boards.keeping import points_for
from judge.boards.windows import ALL
from judge.db.board_models import BoardRow, Judged
from judge.db.models import User
from judge.verdict import Verdict

_AT_A_TIME = 500


@dataclass(frozen=True, slots=True)
class ScoreChange:
    """One user's score and rank on the all-time board, as they are and as they would be."""

    user: str
    score_before: int
    score_after: int
    rank_before: int
    rank_after: int


def score_changes(
    session: Session, problem_id: str, verdicts: Mapping[str, Mapping[str, Verdict]]
) -> list[ScoreChange]:
    """The users whose score would change, by rank, if submissions to one problem had `verdicts`.

    `verdicts`: {user's id: {submission's id: its other verdict}}.
    """
    points = points_for(session, problem_id)
    # {user's id: ids of their accepted submissions}; users without one are left out.
    accepted: dict[str, set[str]] = {}
    user_ids = tuple(verdicts)
    for start in range(0, len(user_ids), _AT_A_TIME):
        query = select(Judged.user_id, Judged.submission_id).where(
            Judged.user_id.in_(user_ids[start : start + _AT_A_TIME]),
            Judged.problem_id == problem_id,
            Judged.verdict == Verdict.AC,
        )
        for user_id, submission_id in session.execute(query):
            accepted.setdefault(user_id, set()).add(submission_id)
    gains: dict[str, int] = {}
    for user_id, theirs in verdicts.items():
        now = accepted.get(user_id, set())
        after = (now - theirs.keys()) | {id for id, one in theirs.items() if one is Verdict.AC}
        # A problem counts once, however many accepted submissions there are.
        if points and bool(now) != bool(after):
            gains[user_id] = points if after else -points
    return _ranked(session, gains) if gains else []


def _ranked(session: Session, gains: Mapping[str, int]) -> list[ScoreChange]:
    on_board = (BoardRow.board == ALL.board) & BoardRow.listed.is_(True)
    counts = select(BoardRow.deficit, func.count()).where(on_board).group_by(BoardRow.deficit)
    # {score: how many users have it}
    before = Counter({-deficit: number for deficit, number in session.execute(counts)})
    after = before.copy()
    moved: list[tuple[str, int, int]] = []
    user_ids = tuple(gains)
    for start in range(0, len(user_ids), _AT_A_TIME):
        query = (
            select(User.id, User.name, BoardRow.deficit)
            .join(BoardRow, BoardRow.user_id == User.id)
            .where(on_board, User.id.in_(user_ids[start : start + _AT_A_TIME]))
        )
        for user_id, name, deficit in session.execute(query):
            score = -deficit + gains[user_id]
            after[-deficit] -= 1
            after[score] += 1
            moved.append((name, -deficit, score))
    changes = [
        ScoreChange(
            name,
            score,
            then,
            1 + sum(number for other, number in before.items() if other > score),
            1 + sum(number for other, number in after.items() if other > then),
        )
        for name, score, then in moved
    ]
    return sorted(changes, key=lambda one: (one.rank_before, one.user))
