"""Who may see which submissions, batches and sittings."""

from api import error_types as kinds
from api.errors import ProblemError, field_problem
from judge.accounts import users
from judge.accounts.users import Principal
from judge.db.session import Database
from judge.errors import NotFoundError
from judge.interviews.sittings import SittingView, no_such_sitting, read_sitting
from judge.states import Purpose
from judge.submissions.batches import BatchView, read_batch
from judge.submissions.lifecycle import read_submission
from judge.submissions.standing import Standing, read_standing
from judge.submissions.views import SubmissionView
from judge.teams.access import are_team_mates, can_view_submission
from judge.teams.interviews import may_see_results


def visible_submission(db: Database, principal: Principal, submission_id: str) -> SubmissionView:
    """Return the submission, if the user may see it: their own, a team mate's (but not a run) to a
    problem that both have solved, or any submission if they are an admin.

    Otherwise raise NotFoundError, as for an unknown id, so that strangers can't find out which ids
    exist.
    """
    view = read_submission(db, submission_id)
    if view is not None and _may_see(db, principal, view):
        return view
    raise _no_such(submission_id)


def visible_standing(db: Database, principal: Principal, submission_id: str) -> Standing:
    """Return how far the submission's judging is; raises as `visible_submission` does."""
    standing = read_standing(db, submission_id)
    if standing is not None and _may_see(db, principal, standing):
        return standing
    raise _no_such(submission_id)


def _may_see(db: Database, principal: Principal, sent: SubmissionView | Standing) -> bool:
    # A run may contain the user's own input, which nobody else may see, not even a team mate. The
    # same holds for submissions sent in an interview.
    return (
        principal.is_admin
        or sent.user_id == principal.user_id
        or (
            sent.purpose is Purpose.SUBMISSION
            and can_view_submission(db, principal.user_id, sent.user_id, sent.problem)
        )
    )


def visible_batch(db: Database, principal: Principal, batch_id: str) -> BatchView:
    """Return the batch, if the user may see it: their own, or any batch if they are an admin.
    Otherwise raise NotFoundError, as for an unknown id."""
    batch = read_batch(db, batch_id)
    if batch is not None and (principal.is_admin or batch.user_id == principal.user_id):
        return batch
    raise NotFoundError(f"There is no batch {batch_id[:100]!r} of yours.")


def _no_such(submission_id: str) -> NotFoundError:
    return NotFoundError(f"There is no submission {submission_id!r} of yours.")


def listable_user(
    db: Database, principal: Principal, user: str | None
) -> tuple[str | None, tuple[str, ...]]:
    """Return whose submissions `principal` gets when they ask for those of `user`: a user id (None
    means everybody's), and the ids of the users who must have solved the submissions' problems.

    Raises ProblemError if `principal` may not list them.
    """
    # Without a name, an admin gets all submissions and everybody else gets their own.
    if user is None:
        return (None if principal.is_admin else principal.user_id), ()
    found = users.find_user(db, user)
    if found is not None and (principal.is_admin or found.id == principal.user_id):
        return found.id, ()
    # Only to problems that both have solved: nobody may see a solution before they have their own.
    if found is not None and are_team_mates(db, principal.user_id, found.id):
        return found.id, (principal.user_id, found.id)
    if principal.is_admin:
        raise field_problem(kinds.INVALID, "user", f"There is no user {user[:100]!r}.")
    raise ProblemError(
        kinds.FORBIDDEN,
        "You may list only your own submissions and your team mates'; ask an admin.",
    )


def visible_sitting(db: Database, principal: Principal, sitting_id: str) -> SittingView:
    """Return the sitting, if the user may see it: their own, a member's if they own the team and
    gave it this interview, or any sitting if they are an admin. Otherwise raise NotFoundError, as
    for an unknown id.
    """
    sitting = read_sitting(db, sitting_id)
    if (
        sitting.user_id == principal.user_id
        or principal.is_admin
        or may_see_results(db, principal.user_id, sitting)
    ):
        return sitting
    raise no_such_sitting(sitting_id)
