"""Takes submissions in: checks each, and stores all that came together.

Submissions that arrive at the same time share a transaction, so that its price (statements, the
disk's sync) is paid once for all of them. Each still has its own outcome: a refused one is refused
before anything is written for it.
"""

import hashlib
import json
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from sqlalchemy import bindparam, func, select, tuple_
from sqlalchemy.orm import Session

from judge import blobs
from judge.accounts.closed import account_closed, kept_open
from judge.db.interview_models import SittingSubmission
from judge.db.models import Event, Judging, Problem, ProblemVersion, Submission
from judge.db.session import Database
from judge.db.upsert import insert_all, insert_all_new
from judge.errors import (
    ConflictError,
    InterviewError,
    InvalidError,
    NotFoundError,
    ShousiError,
    TooLongError,
)
from judge.ids import new_id
from judge.interviews.admission import Admission, Place
from judge.labels import queue_of
from judge.languages import ANSWERS
from judge.problems.stored import CODE_BYTES, REQUIRES
from judge.states import Purpose, State
from judge.submissions.fair_queue import Turns
from judge.submissions.views import PublicState, clean, public_state


@dataclass(frozen=True)
class Submittal:
    """A submission as it is sent. `max_pending` limits how many submissions of the user may wait;
    None means any number."""

    user_id: str
    slug: str
    language: str
    source: str
    purpose: Purpose
    own_input: str | None = None
    idempotency_key: str | None = None
    max_pending: int | None = None

    @cached_property
    def body_sha256(self) -> str:
        """Tells two requests with one idempotency key apart."""
        # JSON separates the parts: no two bodies become equal by moving a boundary.
        body = (self.slug, self.language, self.source, self.purpose, self.own_input)
        return hashlib.sha256(json.dumps(body).encode()).hexdigest()

    @property
    def key(self) -> tuple[str, str] | None:
        """The user and the idempotency key; None without a key."""
        return None if self.idempotency_key is None else (self.user_id, self.idempotency_key)


@dataclass(frozen=True, slots=True)
class Submitted:
    """A stored submission. If not `created`, it was found under the same idempotency key."""

    id: str
    judging_id: str
    state: PublicState
    created: bool
    requires: str = ""
    """The labels that a worker must have to judge it; see `judge.labels`."""


Outcome = Submitted | ShousiError
Row = dict[str, Any]


def take_in(db: Database, session: Session, submittals: Sequence[Submittal]) -> list[Outcome]:
    """-> queued, in this order; for each refused submission the error in its place."""
    outcomes: dict[int, Outcome] = {}
    seen: set[tuple[str, str]] = set()
    again: list[int] = []
    for index, one in enumerate(submittals):
        # Two requests with one key may come together, e.g. from a client that did not wait.
        if one.key in seen:
            again.append(index)  # answered with the outcome of the first one with that key
        elif one.key is not None:
            seen.add(one.key)
    first = [index for index in range(len(submittals)) if index not in again]
    taken = _take_in_once(db, session, [submittals[index] for index in first])
    outcomes.update(zip(first, taken, strict=True))
    for index in again:
        outcomes[index] = _take_in_once(db, session, [submittals[index]])[0]
    return [outcomes[index] for index in range(len(submittals))]


def _take_in_once(db: Database, session: Session, submittals: Sequence[Submittal]) -> list[Outcome]:
    """Do what `take_in` does for submittals of which no two have the same key."""
    # Submissions stored before are returned at once, and take no turn.
    earlier = _under_keys(session, submittals)
    outcomes = [_repeated(earlier, one) for one in submittals]
    fresh = [index for index, outcome in enumerate(outcomes) if outcome is None]
    staging = _Staging(db, session, [submittals[index] for index in fresh])
    for index in fresh:
        outcomes[index] = staging.stage(submittals[index])
    lost = staging.write()
    if lost:
        # Lost a race against the same key; the winner has committed by now.
        raced = _under_keys(session, [submittals[index] for index in fresh])
        for index in fresh:
            outcome = outcomes[index]
            if isinstance(outcome, Submitted) and outcome.id in lost:
                outcomes[index] = _repeated(raced, submittals[index])
    found = [outcome for outcome in outcomes if outcome is not None]
    assert len(found) == len(submittals)
    return found


def _under_keys(
    session: Session, submittals: Iterable[Submittal]
) -> Mapping[tuple[str, str], tuple[str, Submitted]]:
    """{key: (hash of the body, submission)}, of what was stored under these keys before."""
    keys = [one.key for one in submittals if one.key is not None]
    if not keys:
        return {}
    query = (
        select(
            Submission.user_id,
            Submission.idempotency_key,
            Submission.body_sha256,
            Submission.id,
            Submission.judging_id,
            Judging.state,
        )
        .join(Judging, Judging.id == Submission.judging_id)
        .where(tuple_(Submission.user_id, Submission.idempotency_key).in_(keys))
    )
    found: dict[tuple[str, str], tuple[str, Submitted]] = {}
    for user_id, key, body, id, judging_id, state in session.execute(query):
        assert key is not None
        repeated = Submitted(id, judging_id, public_state(state), created=False)
        found[user_id, key] = (body, repeated)
    return found


def _repeated(
    earlier: Mapping[tuple[str, str], tuple[str, Submitted]], submittal: Submittal
) -> Outcome | None:
    found = earlier.get(submittal.key) if submittal.key is not None else None
    if found is None:
        return None
    body_sha256, submitted = found
    if body_sha256 != submittal.body_sha256:
        return ConflictError("This idempotency key was used for another submission")
    return submitted


class _Staging:
    """Stages submittals of one transaction, and inserts their rows at the end."""

    def __init__(self, db: Database, session: Session, submittals: Collection[Submittal]) -> None:
        self._db = db
        self._session = session
        self._submissions: list[Row] = []
        self._judgings: list[Row] = []
        self._in_interviews: list[Row] = []
        self._inputs: list[bytes] = []
        if submittals:
            users = {one.user_id for one in submittals}
            self._open = kept_open(session, users)
            self._now = db.now(session)
            self._accepting = _accepting(session, {one.slug for one in submittals})
            self._turns = Turns(session, users)
            self._admission = Admission(session, users, self._now, keep=True)

    def stage(self, submittal: Submittal) -> Outcome:
        """Validate and stage the rows; the error if it is refused."""
        try:
            if submittal.user_id not in self._open:
                raise account_closed()
            version = self._version(submittal)
            _check_text(submittal.source, "source")
            if submittal.language == ANSWERS and submittal.purpose is Purpose.RUN:
                raise InvalidError("A quiz has nothing to run: submit the answers", "source")
            if submittal.own_input is not None:
                if submittal.purpose is not Purpose.RUN:
                    raise InvalidError("Only a run can have an input of its own", "input")
                _check_text(submittal.own_input, "input")
            _check_length(submittal, version.code_bytes)
            place = self._place(submittal, version)
            purpose = Purpose.INTERVIEW if place else submittal.purpose
            # The last of the checks, so that a refused submission takes no turn.
            queue = queue_of(purpose.queue, version.requires)
            turn = self._turns.take(submittal.user_id, purpose, queue, submittal.max_pending)
        except ShousiError as error:
            return error
        made = Submitted(
            new_id(), new_id(), PublicState.QUEUED, created=True, requires=version.requires
        )
        self._submissions.append(self._submission(made, submittal, version, purpose))
        if place:
            self._in_interviews.append(
                {
                    "submission_id": made.id,
                    "sitting_id": place.sitting_id,
                    "round": place.round,
                }
            )
        self._judgings.append(
            {
                "id": made.judging_id,
                "submission_id": made.id,
                "version_id": version.id,
                "purpose": purpose,
                "queue": queue,
                "state": State.QUEUED,
                "enqueued_at": self._now,
                "created_at": self._now,
                "user_id": submittal.user_id,
                "turn": turn,
            }
        )
        return made

    def write(self) -> set[str]:
        """Insert the staged rows; return the ids of those whose key was taken in the meantime."""
        # Sorted everywhere, so that two transactions with the same keys can't deadlock.
        rows = sorted(self._submissions, key=_key_of)
        lost: set[str] = set()
        if not rows:
            return lost
        blobs.put_many(self._db, self._session, self._inputs)
        # Fewer rows than staged: some keys were taken between the check and the insert.
        if insert_all_new(self._session, Submission, rows) < len(rows):
            ids = {row["id"] for row in rows}
            lost = ids - set(
                self._session.scalars(select(Submission.id).where(Submission.id.in_(ids)))
            )
        in_interviews = [row for row in self._in_interviews if row["submission_id"] not in lost]
        if in_interviews:
            insert_all(self._session, SittingSubmission, in_interviews)
        judgings = [row for row in self._judgings if row["submission_id"] not in lost]
        if judgings:
            insert_all(self._session, Judging, judgings)
            # Their ids are new, so nobody listens for them yet: no announcement.
            insert_all(
                self._session,
                Event,
                [
                    {
                        "submission_id": row["submission_id"],
                        "judging_id": row["id"],
                        "kind": "queued",
                        "data": {},
                        "at": row["created_at"],
                    }
                    for row in judgings
                ],
            )
        return lost

    def _version(self, submittal: Submittal) -> "_Version":
        version = self._accepting.get(submittal.slug)
        if version is None:
            raise NotFoundError(f"No problem {submittal.slug}")
        if submittal.language not in version.languages:
            takes = ", ".join(version.languages)
            raise InvalidError(
                f"{submittal.slug} takes {takes}, not {submittal.language}", "language"
            )
        return version

    def _place(self, submittal: Submittal, version: "_Version") -> Place | None:
        # A run shows only samples and own inputs, so it is allowed at any time.
        if submittal.purpose is Purpose.RUN:
            return None
        place = self._admission.place_of(submittal.user_id, version.problem_id, submittal.slug)
        # A batch reveals all hidden tests at once, which the interview's round hides.
        if place and submittal.purpose is Purpose.BATCH:
            raise InterviewError(
                f"{submittal.slug} is a task of the interview that you sit: no batch is taken "
                "until that is over. Nothing was stored."
            )
        return place

    def _submission(
        self, made: Submitted, submittal: Submittal, version: "_Version", purpose: Purpose
    ) -> Row:
        own_input = None if submittal.own_input is None else submittal.own_input.encode()
        if own_input is not None:
            self._inputs.append(own_input)
        return {
            "id": made.id,
            "user_id": submittal.user_id,
            "problem_id": version.problem_id,
            "purpose": purpose,
            "language": submittal.language,
            "source": submittal.source,
            "own_input_sha256": None if own_input is None else blobs.ref_of(own_input).sha256,
            "idempotency_key": submittal.idempotency_key,
            "body_sha256": submittal.body_sha256,
            "created_at": self._now,
            "judging_id": made.judging_id,
        }


def _key_of(submission: Row) -> tuple[str, str]:
    return submission["user_id"], submission["idempotency_key"] or ""


@dataclass(frozen=True, slots=True)
class _Version:
    """What the checks need of a problem's newest version: the languages that it takes, how long a
    source may be, and the labels that a worker must have."""

    id: str
    problem_id: str
    languages: Sequence[str]
    code_bytes: int | None
    requires: str


_problem, _version = Problem.__table__.c, ProblemVersion.__table__.c
# Built once: it runs for each submission. Only the needed columns, because statements are long.
_ACCEPTING = (
    select(
        _problem.slug,
        _version.id,
        _problem.id,
        _version.languages,
        _version.extras[CODE_BYTES].as_integer(),
        func.coalesce(_version.extras[REQUIRES].as_string(), ""),
    )
    .join_from(
        Problem.__table__,
        ProblemVersion.__table__,
        (_version.problem_id == _problem.id) & (_version.number == _problem.version),
    )
    .where(_problem.slug.in_(bindparam("slugs", expanding=True)), _problem.withdrawn_at.is_(None))
)


def _accepting(session: Session, slugs: Collection[str]) -> Mapping[str, _Version]:
    """The problems with these short names that take submissions."""
    asked = {"slugs": list(slugs)}
    found = session.connection().execute(_ACCEPTING, asked)
    return {slug: _Version(*rest) for slug, *rest in found}


def _check_text(text: str, field: str) -> None:
    """Raise InvalidError for text that one of the databases can't store."""
    if clean(text) != text:
        raise InvalidError(f"The {field} holds characters that can't be stored as text", field)


def _check_length(submittal: Submittal, most_bytes: int | None) -> None:
    """Raise TooLongError for a source that is longer than the problem's package allows."""
    size = len(submittal.source.encode("utf-8", "surrogatepass"))
    if most_bytes is not None and size > most_bytes:
        message = f"It has {size} bytes; {submittal.slug} takes {most_bytes} bytes at most."
        raise TooLongError(message, "source")
