"""What is kept for a time only: runs, batches, and what admins did. How long, the settings say."""

from sqlalchemy import delete, select

from judge.accounts.leaving import forget_submissions
from judge.db.models import Judging, Submission
from judge.db.session import Database
from judge.db.team_models import AuditEntry
from judge.states import Purpose, State

# A bounded number in one transaction: other writers wait for it.
_AT_A_TIME = 200


def forget_sent(db: Database, purpose: Purpose, kept_s: float) -> bool:
    """Delete the oldest runs, or sources of batches, so many at the most, of those that are older
    than `kept_s` seconds and judged; whether there may be more. Raises UnavailableError."""
    with db.read() as session:
        # The long search holds up no writer.
        found = session.scalars(
            select(Submission.id)
            .join(Judging, Judging.id == Submission.judging_id)
            .where(Submission.purpose == purpose, Judging.state == State.DONE)
            .where(Submission.created_at < db.now(session) - kept_s)
            .order_by(Submission.id)
            .limit(_AT_A_TIME)
        ).all()
    if found:
        # Neither is judged again: what was done is done still.
        with db.write() as session:
            forget_submissions(session, found)
    return len(found) == _AT_A_TIME


def forget_acts(db: Database, kept_s: float) -> None:
    """Delete the audit log's entries that are older than `kept_s` seconds.

    Raises UnavailableError.
    """
    with db.write() as session:
        session.execute(delete(AuditEntry).where(AuditEntry.at < db.now(session) - kept_s))
