"""Deletes old runs, batches and entries of the audit log; the settings say after how long."""

from sqlalchemy import delete, select

from judge.accounts.leaving import forget_submissions
from judge.db.models import Judging, Submission
from judge.db.session import Database
from judge.db.team_models import AuditEntry
from judge.states import Purpose, State

# A limit for one transaction: other writers wait until it ends.
_AT_A_TIME = 200


def forget_sent(db: Database, kept_s: float, purpose: Purpose) -> bool:
    """Delete the oldest judged runs, or sources of batches, that are older than `kept_s` seconds,
    a limited number. Return whether there may be more. Raises UnavailableError."""
    with db.read() as session:
        # In a transaction that only reads, so that the long search blocks no writer.
        found = session.scalars(
            select(Submission.id)
            .join(Judging, Judging.id == Submission.judging_id)
            .where(Submission.purpose == purpose, Judging.state == State.DONE)
            .where(Submission.created_at < db.now(session) - kept_s)
            .order_by(Submission.id)
            .limit(_AT_A_TIME)
        ).all()
    if found:
        # Neither kind is judged again, so a submission that was done is still done.
        with db.write() as session:
            forget_submissions(session, found)
    return len(found) == _AT_A_TIME


def forget_acts(db: Database, kept_s: float) -> None:
    """Delete the audit log's entries that are older than `kept_s` seconds.

    Raises UnavailableError.
    """
    with db.write() as session:
        session.execute(delete(AuditEntry).where(AuditEntry.at < db.now(session) - kept_s))
