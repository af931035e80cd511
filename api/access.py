"""Who may see which submission."""

from judge.accounts.users import Principal
from judge.db.session import Database
from judge.errors import NotFoundError
from judge.states import Purpose
from judge.submissions.lifecycle import read_submission
from judge.submissions.views import SubmissionView
from judge.teams.access import can_view_submission


def visible_submission(db: Database, principal: Principal, submission_id: str) -> SubmissionView:
    """The submission, if the user may see it: their own, a team mate's (no run) to a problem that
    both have solved, or any as an admin.

    Otherwise NotFoundError, as for an id that does not exist, so that ids tell strangers nothing.
    """
    view = read_submission(db, submission_id)
    if view is not None and _may_see(db, principal, view):
        return view
    raise NotFoundError(f"There is no submission {submission_id!r} of yours.")


def _may_see(db: Database, principal: Principal, view: SubmissionView) -> bool:
    if principal.is_admin or view.user_id == principal.user_id:
        return True
    return view.purpose is not Purpose.RUN and can_view_submission(
        db, principal.user_id, view.user_id, view.problem
    )
