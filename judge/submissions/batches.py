"""Batches: sources that a program sends together, each judged against all tests of one problem.

Every source is a submission with the purpose `batch`, so that it goes the same way as a person's
and gets the same verdict; boards, lists and profiles leave it out, as they leave out a run. A batch
is stored whole or not at all.
"""

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from sqlalchemy import bindparam, select
from sqlalchemy.orm import Session

from judge.accounts.users import lock_user
from judge.db.batch_models import Batch, BatchSource
from judge.db.models import Problem
from judge.db.session import Database
from judge.db.upsert import insert_all, insert_new
from judge.errors import ConflictError, InvalidError, NotFoundError, ShousiError
from judge.ids import new_id
from judge.states import Purpose
from judge.submissions.intake import Submittal, Submitted, take_in
from judge.submissions.transitions import Requeued
from judge.submissions.views import SUMMARY, PublicState, SubmissionSummary, summary_fields


class RefusedSourcesError(ShousiError):
    """Some sources can't be taken, so none was; `refusals` are the errors, by place from 0."""

    def __init__(self, refusals: Mapping[int, InvalidError]) -> None:
        super().__init__(f"{len(refusals)} sources can't be taken")
        self.refusals = refusals


@dataclass(frozen=True, slots=True)
class Source:
    """One program of a batch."""

    language: str
    source: str


@dataclass(frozen=True, slots=True)
class BatchView:
    """A batch's current state; `items` are (place from 0, submission), in their order. Some of the
    `total` may have been deleted. `created_at` in epoch seconds."""

    id: str
    user_id: str
    problem: str
    total: int
    created_at: float
    items: tuple[tuple[int, SubmissionSummary], ...]

    @property
    def num_done(self) -> int:
        """How many sources have their verdicts."""
        return sum(one.state is PublicState.DONE for _, one in self.items)


def send_batch(
    db: Database,
    user_id: str,
    slug: str,
    sources: Sequence[Source],
    *,
    key: str | None = None,
    max_pending: int | None = None,
) -> tuple[str, list[Requeued]]:
    """-> queued, for all sources: the batch's id, and what the caller enqueues. `key` is the
    request's idempotency key: with the same sources it gives the same batch, and nothing to
    enqueue.

    Raises NotFoundError (no such problem), RefusedSourcesError, ConflictError (the key was used for
    another batch), TooManyError (with these, more than `max_pending` sources of the user would
    wait), InterviewError, UnavailableError. Then nothing is stored.
    """
    parts = [slug, *((one.language, one.source) for one in sources)]
    body_sha256 = hashlib.sha256(json.dumps(parts).encode()).hexdigest()
    with db.write() as session:
        # Else several batches at once would pass `max_pending` together.
        lock_user(session, user_id)
        problem_id = session.scalar(select(Problem.id).where(Problem.slug == slug))
        if problem_id is None:
            raise NotFoundError(f"There is no problem {slug[:100]!r}.")
        values = {
            "id": new_id(),
            "user_id": user_id,
            "problem_id": problem_id,
            "total": len(sources),
            "idempotency_key": key,
            "body_sha256": body_sha256,
            "created_at": db.now(session),
        }
        # The insert decides: of two equal requests at once, one stores the sources.
        if not insert_new(session, Batch, values):
            mine = (Batch.user_id == user_id) & (Batch.idempotency_key == key)
            earlier = session.execute(select(Batch).where(mine)).scalar_one()
            if earlier.body_sha256 != body_sha256:
                raise ConflictError("This idempotency key was used for another batch")
            return earlier.id, []
        batch_id = str(values["id"])
        stored = _stored(db, session, user_id, slug, sources, max_pending)
        rows = [
            {"batch_id": batch_id, "position": position, "submission_id": one.id}
            for position, one in enumerate(stored)
        ]
        insert_all(session, BatchSource, rows)
    return batch_id, [Requeued(one.judging_id, Purpose.BATCH, one.requires) for one in stored]


def _stored(
    db: Database,
    session: Session,
    user_id: str,
    slug: str,
    sources: Sequence[Source],
    max_pending: int | None,
) -> list[Submitted]:
    """Store all of the sources. An error undoes the whole transaction."""
    submittal = Submittal(user_id, slug, "", "", Purpose.BATCH, max_pending=max_pending)
    outcomes = take_in(
        db,
        session,
        [replace(submittal, language=one.language, source=one.source) for one in sources],
    )
    refusals = {
        position: outcome
        for position, outcome in enumerate(outcomes)
        if isinstance(outcome, InvalidError)
    }
    # Faults of single sources come before faults of the whole batch: they can be corrected.
    if refusals:
        raise RefusedSourcesError(refusals)
    for outcome in outcomes:
        if isinstance(outcome, ShousiError):
            raise outcome
    return [outcome for outcome in outcomes if isinstance(outcome, Submitted)]


_batch, _source = Batch.__table__.c, BatchSource.__table__.c
# Built once; see `judge.submissions.views`.
_BATCH = (
    select(_batch.id, _batch.user_id, Problem.__table__.c.slug, _batch.total, _batch.created_at)
    .join_from(Batch.__table__, Problem.__table__, Problem.__table__.c.id == _batch.problem_id)
    .where(_batch.id == bindparam("batch_id"))
)
_ITEMS = (
    SUMMARY.add_columns(_source.position)
    .join(BatchSource.__table__, _source.submission_id == SUMMARY.selected_columns.id)
    .where(_source.batch_id == bindparam("batch_id"))
    .order_by(_source.position)
)


def read_batch(db: Database, batch_id: str) -> BatchView | None:
    """One batch with the state of its sources, or None. Raises UnavailableError."""
    asked = {"batch_id": batch_id}
    with db.read_columns() as connection:
        found = connection.execute(_BATCH, asked).one_or_none()
        if found is None:
            return None
        rows = connection.execute(_ITEMS, asked).all()
    items = tuple((row.position, SubmissionSummary(**summary_fields(row))) for row in rows)
    return BatchView(*found, items)
