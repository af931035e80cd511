"""How far a submission is, for requests that wait for it and ask again and again."""

from dataclasses import dataclass

from sqlalchemy import bindparam, select

from judge.db.models import Judging, Problem, Submission, User
from judge.db.session import Database
from judge.interviews.sealing import sealed_until
from judge.states import Purpose
from judge.submissions.views import PublicState, edition_of, public_state

_submission, _judging = Submission.__table__.c, Judging.__table__.c
# Built once; see `judge.submissions.views`.
_STANDING = (
    select(
        _submission.user_id,
        _submission.purpose,
        Problem.__table__.c.slug,
        _judging.state,
        User.__table__.c.name,
        _judging.id,
        _judging.diagnosis,
    )
    .join_from(Submission.__table__, Judging.__table__, _judging.id == _submission.judging_id)
    .join(User.__table__, User.__table__.c.id == _submission.user_id)
    .join(Problem.__table__, Problem.__table__.c.id == _submission.problem_id)
    .where(_submission.id == bindparam("submission_id"))
)


@dataclass(frozen=True, slots=True)
class Standing:
    """A submission's user, problem and state. Once it is done, its view stays the same as long as
    `edition` does."""

    user_id: str
    purpose: Purpose
    problem: str
    state: PublicState
    edition: tuple[str, ...]


def read_standing(db: Database, submission_id: str) -> Standing | None:
    """What a waiting request needs of one submission, by one small query. Raises
    UnavailableError."""
    with db.read_columns() as connection:
        row = connection.execute(_STANDING, {"submission_id": submission_id}).one_or_none()
        if row is None:
            return None
        user_id, purpose, slug, state, *decide = row
        is_sealed = (
            purpose == Purpose.INTERVIEW
            and sealed_until(connection, submission_id, db.now(connection)) is not None
        )
    edition = edition_of(*decide, is_sealed=is_sealed)
    return Standing(user_id, Purpose(purpose), slug, public_state(state), edition)
