"""What is kept secret while a round runs, for everybody, admins too: how hidden tests went.

`judge.submissions.views` leaves it out of every view of a submission, so that each door (pages,
API, streams, scripts) is closed by the same lock. The clock is the database's.
"""

from sqlalchemy import Connection, bindparam, select

from judge.db.interview_models import SittingRound, SittingSubmission

_sent, _round = SittingSubmission.__table__.c, SittingRound.__table__.c
# Made once; see `judge.submissions.views`.
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
    """When the round ends in which it was sent (epoch seconds); None where that is over."""
    ends_at: float = connection.execute(_ENDS, {"submission_id": submission_id}).scalar_one()
    return ends_at if now < ends_at else None
