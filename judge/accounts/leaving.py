"""Who leaves: what is deleted with an account, and what stays without a name.

A row of `user` stays, with nothing in it but when it was made: the audit log and published packages
point at it. It has a name that nobody chose, no password and no token, and is on no board.
"""

import secrets
from collections.abc import Sequence
from enum import StrEnum

from sqlalchemy import delete, exists, func, select
from sqlalchemy.orm import Session

from judge.accounts.usernames import name_key
from judge.accounts.users import Role
from judge.boards.keeping import list_user
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


class Code(StrEnum):
    """What becomes of the submissions of somebody who leaves."""

    KEEP = "keep"
    """They stay, without a name."""
    DELETE = "delete"


def delete_account(db: Database, user_id: str, code: Code) -> None:
    """Delete all that is a user's own, and make the account nobody's.

    Raises ConflictError where somebody else would be left without an owner or an admin, or while a
    submission that is to be deleted is judged; UnavailableError.
    """
    with db.write() as session:
        # First, as whoever counts a verdict locks the boards before the user.
        list_user(db, session, user_id, listed=False)
        user = session.get_one(models.User, user_id, with_for_update=True)
        _check_leaving(session, user)
        forget_hooks(session, Webhook.user_id == user_id)
        session.execute(delete(Delivery).where(Delivery.about_id == user_id))
        for table in (
            *(team_models.TeamMember, team_models.TeamEvent),
            *(models.Draft, models.Token, models.LinkedIdentity),
        ):
            session.execute(delete(table).where(table.user_id == user_id))
        if code is Code.DELETE:
            # Deleting a submission that is being judged would take the row from under its worker.
            pending = select(models.Judging.id).where(
                models.Judging.user_id == user_id, models.Judging.state != State.DONE
            )
            if session.scalar(pending.limit(1)) is not None:
                raise ConflictError(
                    "Something that you sent is being judged: try again once it is done."
                )
            for counted in (BoardRow, BoardCell, FastestSolve, Judged):
                session.execute(delete(counted).where(counted.user_id == user_id))
            mine = select(models.Submission.id).where(models.Submission.user_id == user_id)
            forget_submissions(session, session.scalars(mine).all())
            sittings = select(Sitting.id).where(Sitting.user_id == user_id)
            for part in (SittingTask, SittingRound):
                session.execute(delete(part).where(part.sitting_id.in_(sittings)))
            session.execute(delete(Sitting).where(Sitting.user_id == user_id))
        user.name = f"deleted-{secrets.token_hex(8)}"
        user.name_key = name_key(user.name)
        user.password_hash = ""
        user.role = Role.USER.value
        user.theme = user.language = user.address = None
        user.banned_at = db.now(session)


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


def forget_submissions(session: Session, submission_ids: Sequence[str]) -> None:
    """Delete submissions of which nothing is judged, and all that points at them, in the caller's
    transaction. What was counted of them on boards is the caller's to delete."""
    for start in range(0, len(submission_ids), _AT_A_TIME):
        sent = submission_ids[start : start + _AT_A_TIME]
        judged = select(models.Judging.id).where(models.Judging.submission_id.in_(sent))
        # The pointing rows first.
        for table in (Timing, models.StoredResult, models.FailedAttempt):
            session.execute(delete(table).where(table.judging_id.in_(judged)))
        batches = session.scalars(
            select(BatchSource.batch_id).where(BatchSource.submission_id.in_(sent)).distinct()
        ).all()
        for other in (RejudgeItem, BatchSource, SittingSubmission, models.Event, models.Judging):
            session.execute(delete(other).where(other.submission_id.in_(sent)))
        if batches:
            left = exists().where(BatchSource.batch_id == Batch.id)
            session.execute(delete(Batch).where(Batch.id.in_(batches), ~left))
        session.execute(delete(models.Submission).where(models.Submission.id.in_(sent)))
