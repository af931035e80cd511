"""Deletes an account: what is deleted with it, and what stays without a name.

The row in `user` stays, because the audit log and published packages refer to it; it keeps only
its creation time. It has a random name, no password and no token, and is on no board.
"""

import re
import secrets
from collections.abc import Sequence
from enum import StrEnum

from sqlalchemy import delete, exists, func, select
from sqlalchemy.orm import Session

from judge import background_jobs
from judge.accounts.usernames import name_key
from judge.accounts.users import Role
from judge.background_jobs import ChoreKind
from judge.boards.keeping import list_user, lock_exclusive
from judge.boards.windows import SETS
from judge.db import models, team_models
from judge.db.background_models import RejudgeItem
from judge.db.batch_models import Batch, BatchSource
from judge.db.board_models import BoardCell, BoardRow, FastestSolve, Judged, Timing
from judge.db.interview_models import Sitting, SittingRound, SittingSubmission, SittingTask
from judge.db.session import Database
from judge.db.webhook_models import Delivery, Webhook
from judge.errors import ConflictError
from judge.states import State
from judge.webhooks.hooks import forget_hooks

_DELETED = "deleted-"


class Code(StrEnum):
    """What happens to the submissions of a user who leaves."""

    KEEP = "keep"
    """Keep the submissions, without a name."""
    DELETE = "delete"


def delete_account(db: Database, user_id: str, code: Code) -> None:
    """Delete all data that is only the user's, and make the account anonymous.

    Raises ConflictError if a team would lose its owner or the service its only admin, or if a
    submission that should be deleted is being judged; UnavailableError.
    """
    with db.write() as session:
        # First, because counting a verdict also locks the boards before the user.
        lock_exclusive(db, session)
        user = session.get_one(models.User, user_id, with_for_update=True)
        _check_leaving(session, user)
        forget_hooks(session, Webhook.user_id == user_id)
        session.execute(delete(Delivery).where(Delivery.about_id == user_id))
        for table in (
            *(team_models.TeamMember, team_models.TeamEvent),
            *(models.Draft, models.Token, models.LinkedIdentity),
        ):
            session.execute(delete(table).where(table.user_id == user_id))
        # A former member is on no board of a team's set.
        for shown in (BoardRow, BoardCell):
            of_sets = shown.board.startswith(SETS)
            session.execute(delete(shown).where(shown.user_id == user_id, of_sets))
        if code is Code.DELETE:
            sent = settled_submissions(session, [user_id])
            for counted in (BoardRow, BoardCell, FastestSolve, Judged):
                session.execute(delete(counted).where(counted.user_id == user_id))
            forget_submissions(session, sent)
            sittings = select(Sitting.id).where(Sitting.user_id == user_id)
            for part in (SittingTask, SittingRound):
                session.execute(delete(part).where(part.sitting_id.in_(sittings)))
            session.execute(delete(Sitting).where(Sitting.user_id == user_id))
        user.name = f"{_DELETED}{secrets.token_hex(8)}"
        user.name_key = name_key(user.name)
        user.password_hash = ""
        user.role = Role.USER.value
        user.theme = user.language = user.address = None
        user.banned_at = db.now(session)
        list_user(session, user_id)


def is_deleted(user: models.User) -> bool:
    """Whether this row is what `delete_account` left. A user may choose such a name, but has a
    password, or isn't banned."""
    word = user.name.removeprefix(_DELETED)
    is_so_named = word != user.name and re.fullmatch("[0-9a-f]{16}", word) is not None
    return is_so_named and not user.password_hash and user.banned_at is not None


def _check_leaving(session: Session, user: models.User) -> None:
    owned = select(team_models.Team.slug).where(team_models.Team.owner_id == user.id)
    slugs = session.scalars(owned.order_by(team_models.Team.slug)).all()
    if slugs:
        raise ConflictError(
            f"You own teams: hand them over, or delete them first ({', '.join(slugs)})."
        )
    others = select(func.count()).where(
        models.User.role == Role.ADMIN,
        models.User.id != user.id,
        models.User.banned_at.is_(None),
    )
    if user.role == Role.ADMIN and not session.scalar(others):
        raise ConflictError("You are the only admin: make another one first.")


_AT_A_TIME = 500


def settled_submissions(session: Session, user_ids: Sequence[str]) -> Sequence[str]:
    """The submissions of users whose rows the caller has locked. They are locked too, so that none
    is judged again until the caller has deleted them. Raises ConflictError if one is being judged.
    """
    # Checked twice. Before the lock, because a verdict that waits for the caller may hold that
    # lock; after it, because an admin may have had a submission judged again meanwhile.
    _check_judged(session, user_ids)
    mine = select(models.Submission.id).where(models.Submission.user_id.in_(user_ids))
    sent = session.scalars(mine.order_by(models.Submission.id).with_for_update()).all()
    _check_judged(session, user_ids)
    return sent


def _check_judged(session: Session, user_ids: Sequence[str]) -> None:
    # Deleting a submission that is being judged would remove the row that its worker uses.
    pending = select(models.Judging.id).where(
        models.Judging.user_id.in_(user_ids), models.Judging.state != State.DONE
    )
    if session.scalar(pending.limit(1)) is not None:
        raise ConflictError("Something that you sent is being judged: try again once it is done.")


def forget_submissions(session: Session, submission_ids: Sequence[str]) -> None:
    """Delete submissions that are judged, and all rows that refer to them, in the caller's
    transaction. The caller deletes what boards have counted of them."""
    for start in range(0, len(submission_ids), _AT_A_TIME):
        some = submission_ids[start : start + _AT_A_TIME]
        # Locked first, in one order: others may delete them too, or rejudge them.
        mine = select(models.Submission.id).where(models.Submission.id.in_(some))
        sent = session.scalars(mine.order_by(models.Submission.id).with_for_update()).all()
        of_sent = select(models.Judging.id).where(models.Judging.submission_id.in_(sent))
        judged = session.scalars(of_sent).all()
        # First the rows that refer to judgings.
        for table in (Timing, models.StoredResult, models.FailedAttempt):
            session.execute(delete(table).where(table.judging_id.in_(judged)))
        batches = session.scalars(
            select(BatchSource.batch_id).where(BatchSource.submission_id.in_(sent)).distinct()
        ).all()
        for other in (RejudgeItem, BatchSource, SittingSubmission, models.Event, models.Judging):
            session.execute(delete(other).where(other.submission_id.in_(sent)))
        background_jobs.forget(session, ChoreKind.DIAGNOSIS, judged)
        if batches:
            left = exists().where(BatchSource.batch_id == Batch.id)
            session.execute(delete(Batch).where(Batch.id.in_(batches), ~left))
        session.execute(delete(models.Submission).where(models.Submission.id.in_(sent)))
