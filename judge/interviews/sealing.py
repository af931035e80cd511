"""Hides how hidden tests went while a round runs: from everybody, admins too.

`judge.submissions.views` leaves it out of every view of a submission, so that pages, API, streams
and scripts all hide it. The clock is the database's.
"""

from sqlalchemy import Connection, bindparam, select

from judge.db.interview_models import SittingRound, SittingSubmission

_sent, _round = SittingSubmission.__table__.c, SittingRound.__table__.c
# Built once; see `judge.submissions.views`.
_ENDS = (
    select(_round.ends_at)
    .join_from(
        SittingSubmission.__table__,
        SittingRound.__table__,
        (_round.sitting_id == _sent.sitting_id) & (_round.position == _sent.round),
    )
    .where(_sent.submission_id == bindparam("submission_id"))
)


def sealed_until(connection: Connection, submission_id: str, now: float) -> float | None:
    """The end (epoch s) of the round in which it was submitted; None if that is over."""
    ends_at: float = connection.execute(_ENDS, {"submission_id": submission_id}).scalar_one()
    return ends_at if now < ends_at else None
