"""Who may see which submission."""

from judge.db.session import Database
from judge.errors import NotFoundError
from judge.submission_views import SubmissionView
from judge.submissions import read_submission
from judge.users import Principal


def visible_submission(db: Database, principal: Principal, submission_id: str) -> SubmissionView:
    """The submission, if it is the asker's own or the asker is an admin.

    Someone else's is not found, like one that never was: ids say nothing to strangers.
    """
    view = read_submission(db, submission_id)
    if view is None or not (principal.is_admin or view.user_id == principal.user_id):
        raise NotFoundError(f"There is no submission {submission_id!r} of yours.")
    return view
