"""Lets an admin have a stuck submission judged again, or cancel it.

Both take a judging away from its worker: without the token the worker may not write, and it stops
when it next renews the lease.
"""

from sqlalchemy.orm import Session

from judge.audit import note_act
from judge.boards.keeping import lock_shared
from judge.db.models import Judging, Submission
from judge.db.session import Database
from judge.differences import Difference, Reason
from judge.errors import ConflictError, NotFoundError
from judge.limits import Usage
from judge.result import JudgingResult
from judge.states import State
from judge.submissions.lifecycle import rejudge
from judge.submissions.transitions import Requeued, end, keep_evidence, requeue, requeued
from judge.verdict import Verdict

RETRIED = "an admin had it judged anew"
CANCELLED = "an admin stopped it"


def retry(db: Database, submission_id: str, *, by: str) -> Requeued:
    """running -> queued, with its attempts counted from 0; a queued judging has its message sent
    again; one that is done is judged again, as by `rejudge`. The caller enqueues what is returned.

    Raises NotFoundError, InvalidError (runs that are done are not judged again), UnavailableError.
    """
    with db.write() as session:
        row = _newest(session, submission_id)
        note_act(db, session, by, "retrySubmission", submission_id, {"state": row.state})
        if row.state == State.RUNNING:
            # Not the last attempt: from here on attempts are counted from 0.
            requeue(db, session, row, RETRIED, max_attempts=row.attempt + 1)
        if row.state == State.QUEUED:
            row.attempt = 0
            row.enqueued_at = db.now(session)
            return requeued(row)
    return rejudge(db, submission_id)


def cancel(db: Database, submission_id: str, *, by: str) -> None:
    """queued or running -> done, as JE, which counts as no attempt on any board.

    Raises NotFoundError, ConflictError if it is done already, UnavailableError.
    """
    with db.write() as session:
        # The boards first, as everywhere; the verdict is counted below.
        lock_shared(db, session)
        row = _newest(session, submission_id)
        if row.state == State.DONE:
            raise ConflictError("It is judged already: there is nothing to cancel.")
        note_act(db, session, by, "cancelSubmission", submission_id, {"state": row.state})
        if row.state == State.RUNNING:
            keep_evidence(db, session, row, CANCELLED)
        why = Difference(Reason.CANCELLED, {})
        end(db, session, row, JudgingResult(Verdict.JE, Usage(), 0.0, difference=why))


def _newest(session: Session, submission_id: str) -> Judging:
    """The submission's newest judging, locked."""
    found = session.get(Submission, submission_id, with_for_update={"key_share": True})
    if found is None:
        raise NotFoundError("No such submission")
    return session.get_one(Judging, found.judging_id, with_for_update={"key_share": True})
