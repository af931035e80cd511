"""Submissions as readers see them: frozen views, never rows."""

import sys
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field, replace
from enum import StrEnum
from itertools import chain
from typing import Any

from sqlalchemy import Row, bindparam, func, select

from judge.boards.windows import ALL
from judge.db.board_models import BoardCell
from judge.db.models import (
    Event,
    Judging,
    Problem,
    ProblemVersion,
    StoredResult,
    Submission,
    User,
)
from judge.db.session import Database
from judge.differences import Difference, Reason, from_json
from judge.interviews.sealing import sealed_until
from judge.labels import missing_of, required_in
from judge.operating import is_paused
from judge.states import Purpose, State
from judge.submissions.coarse import coarse_bytes, coarse_time, shown_time
from judge.submissions.fair_queue import position_of
from judge.verdict import Verdict
from judge.wording import word
from judge.workers import labels_alive


class PublicState(StrEnum):
    """The API's names for a judging's state."""

    QUEUED = "queued"
    JUDGING = "judging"
    DONE = "done"


@dataclass(frozen=True, slots=True)
class TestView:
    """One test's outcome. `difference` says what happened, `message` the same in English; a row of
    an older version has no `difference`. `input`, `expected`, `output` and `stderr` are None for
    hidden tests."""

    __test__ = False

    name: str
    sample: bool
    verdict: Verdict
    time_s: float
    memory_bytes: int
    message: str
    hint: Mapping[str, str] = field(default_factory=dict)
    difference: Difference | None = None
    input: str | None = None
    expected: str | None = None
    output: str | None = None
    stderr: str | None = None
    score: float | None = None
    """Points that the problem's own checker gave."""


@dataclass(frozen=True, slots=True)
class SubmissionSummary:
    """A line of the list, with the newest judging's outcome.

    `time_s` is the greatest CPU time of any test, `memory_bytes` the greatest memory; both are
    None until done. `created_at` is in epoch seconds. `version` is the problem's version that
    the newest judging is made against. `message` says what happened, `difference` the same as data;
    `diagnosis` is the line of the known mistake that the submission resembles, by language tag,
    empty if there is none.
    """

    id: str
    judging_id: str
    user_id: str
    user: str
    problem: str
    version: int
    language: str
    purpose: Purpose
    state: PublicState
    verdict: Verdict | None
    score: float | None
    time_s: float | None
    memory_bytes: int | None
    created_at: float
    finished_at: float | None
    message: str
    difference: Difference | None
    diagnosis: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class SubmissionView(SubmissionSummary):
    """Everything about one submission. `attempt` counts how often judging was begun, the last time
    at `started_at` (epoch seconds); `queue_position` is how many are served before it, None if it
    is not queued; `paused`: it waits until an admin ends the pause; `missing_labels` are required
    labels that no living worker has: it waits until such a worker comes; `last_event_id` is the
    newest event that this view includes, 0 if there is none. `sealed_until` is the end of the
    interview's round that it was sent in; until then hidden tests show only whether all pass.
    """

    source: str
    started_at: float | None
    compile_output: str
    tests: tuple[TestView, ...]
    total_tests: int | None
    attempt: int
    queue_position: int | None
    paused: bool
    missing_labels: tuple[str, ...]
    last_event_id: int
    sealed_until: float | None = None

    @property
    def edition(self) -> tuple[str, ...]:
        """The same edition as that of its `Standing`."""
        is_sealed = self.sealed_until is not None
        return edition_of(self.user, self.judging_id, self.diagnosis, is_sealed=is_sealed)


@dataclass(frozen=True, slots=True)
class SubmissionPage:
    """A page of the list, newest first; `next` is the cursor of the next page, None at the end."""

    items: tuple[SubmissionSummary, ...]
    next: str | None


_OF_RESULTS = (
    *("name", "sample", "verdict", "cpu_s", "memory_bytes", "message", "difference", "hint"),
    *("input", "expected", "output", "stderr", "score"),
)
_PUBLIC_STATES = {
    State.QUEUED: PublicState.QUEUED,
    State.RUNNING: PublicState.JUDGING,
    State.DONE: PublicState.DONE,
}


def public_state(state: str) -> PublicState:
    """The API's name for a row's state."""
    return _PUBLIC_STATES[State(state)]


def clean(text: str) -> str:
    """`text` without what can't be stored: NULs and lone surrogates become U+FFFD."""
    return text.encode("utf-8", "surrogatepass").decode("utf-8", "replace").replace("\0", "\ufffd")


def cleaned(difference: Difference | None) -> dict[str, Any] | None:
    """A difference as JSON that can be stored."""
    if difference is None:
        return None
    return {name: _storable(value) for name, value in difference.to_json().items()}


def _storable(value: Any) -> Any:
    match value:
        case str():
            return clean(value)
        case float():
            # The difference of two finite numbers may be infinite, which PostgreSQL's JSON refuses.
            return min(max(value, -sys.float_info.max), sys.float_info.max)
        case list():
            return [_storable(one) for one in value]
        case _:
            return value


# Built once: building a statement takes longer than SQLite's answer. Columns, not objects of the
# ORM: a list of fifty submissions needs neither their sources nor compilers' output.
_submission, _judging, _result = (
    model.__table__.c for model in (Submission, Judging, StoredResult)
)
SUMMARY = (
    select(
        _submission.id,
        _submission.judging_id,
        _submission.user_id,
        User.__table__.c.name.label("user"),
        Problem.__table__.c.slug.label("problem"),
        ProblemVersion.__table__.c.number.label("version"),
        _submission.language,
        _submission.purpose,
        _submission.created_at,
        _judging.state,
        _judging.verdict,
        _judging.score,
        _judging.cpu_s,
        _judging.memory_bytes,
        _judging.finished_at,
        _judging.message,
        _judging.difference,
        _judging.diagnosis,
    )
    .join_from(Submission.__table__, Judging.__table__, _judging.id == _submission.judging_id)
    .join(User.__table__, User.__table__.c.id == _submission.user_id)
    .join(Problem.__table__, Problem.__table__.c.id == _submission.problem_id)
    .join(ProblemVersion.__table__, ProblemVersion.__table__.c.id == _judging.version_id)
)
_WHOLE = SUMMARY.add_columns(
    _submission.source,
    _judging.queue,
    _judging.turn,
    _judging.started_at,
    _judging.compile_output,
    _judging.total_tests,
    _judging.attempt,
    select(func.max(Event.__table__.c.id))
    .where(Event.__table__.c.submission_id == _submission.id)
    .scalar_subquery()
    .label("last_event_id"),
).where(_submission.id == bindparam("submission_id"))
_RESULTS = (
    select(*(_result[name] for name in _OF_RESULTS))
    .where(_result.judging_id == bindparam("judging_id"))
    .order_by(_result.index)
)


def edition_of(
    user: str, judging_id: str, diagnosis: Mapping[str, str] | None, *, is_sealed: bool
) -> tuple[str, ...]:
    """The values that determine the view of a submission that is done."""
    if is_sealed:
        return (user, judging_id, "sealed")
    # A guest may get another name, a rejudge is another judging, a mistake may be found late.
    return (user, judging_id, *chain(*sorted((diagnosis or {}).items())))


def read_submission(db: Database, submission_id: str) -> SubmissionView | None:
    """One submission with its newest judging, or None. Raises UnavailableError."""
    with db.read_columns() as connection:
        row = connection.execute(_WHOLE, {"submission_id": submission_id}).one_or_none()
        if row is None:
            return None
        results = connection.execute(_RESULTS, {"judging_id": row.judging_id}).all()
        until = None
        if row.purpose == Purpose.INTERVIEW:
            until = sealed_until(connection, submission_id, db.now(connection))
        position, paused = None, False
        missing: tuple[str, ...] = ()
        if row.state == State.QUEUED:
            position = position_of(connection, row.judging_id, row.queue, row.turn)
            paused = is_paused(connection)
            if requires := required_in(row.queue):
                missing = missing_of(requires, labels_alive(db, connection))
    view = SubmissionView(
        **summary_fields(row),
        source=row.source,
        started_at=row.started_at,
        compile_output=row.compile_output,
        tests=tuple(map(_test_view, results)),
        total_tests=row.total_tests,
        attempt=row.attempt,
        queue_position=position,
        paused=paused,
        missing_labels=missing,
        last_event_id=row.last_event_id or 0,
    )
    return view if until is None else _sealed(view, until)


def _sealed(view: SubmissionView, until: float) -> SubmissionView:
    """`view` without what hidden tests reveal, except whether all of them pass."""
    shown = tuple(test for test in view.tests if test.sample)
    verdict, message, difference = view.verdict, "", None
    if verdict is Verdict.CE:
        # No test was run: the compiler's output is about the source alone.
        message, difference = view.message, view.difference
    elif verdict not in (None, Verdict.AC, Verdict.JE):
        found = (Verdict.AC, *(test.verdict for test in shown))
        verdict = max(found, key=lambda one: one.facts.severity)
        if verdict is Verdict.AC:
            # The verdict would reveal how it fails, so all failures look alike.
            verdict, difference = Verdict.WA, Difference(Reason.SEALED)
            message = word(difference)
    return replace(
        view,
        verdict=verdict,
        score=None,
        # A submission could encode in these what a hidden test has given it.
        time_s=view.time_s if verdict is Verdict.AC else None,
        memory_bytes=view.memory_bytes if verdict is Verdict.AC else None,
        message=message,
        difference=difference,
        diagnosis={},
        tests=shown,
        total_tests=None,
        sealed_until=until,
    )


def _test_view(result: Row[Any]) -> TestView:
    # For hidden tests no input is stored, and exact values are shown coarsely.
    shown = result.sample or result.input is not None
    return TestView(
        name=result.name,
        sample=result.sample,
        verdict=Verdict(result.verdict),
        time_s=result.cpu_s if shown else coarse_time(result.cpu_s),
        memory_bytes=result.memory_bytes if shown else coarse_bytes(result.memory_bytes),
        message=result.message,
        difference=from_json(result.difference),
        hint=result.hint,
        input=result.input,
        expected=result.expected,
        output=result.output,
        stderr=result.stderr,
        score=result.score,
    )


def list_submissions(
    db: Database,
    *,
    user_id: str | None = None,
    slug: str | None = None,
    verdict: Verdict | None = None,
    language: str | None = None,
    after: float | None = None,
    cursor: str | None = None,
    limit: int = 50,
    ids: Collection[str] | None = None,
    solved_by: Collection[str] = (),
) -> SubmissionPage:
    """Submissions (without runs), newest first: those sent after the moment `after` (epoch
    seconds), to problems that all of `solved_by` (user ids) have solved, and only those in `ids`,
    if given.

    Raises UnavailableError."""
    query = SUMMARY.where(_submission.purpose == Purpose.SUBMISSION)
    if user_id is not None:
        query = query.where(Submission.user_id == user_id)
    if slug is not None:
        query = query.where(Problem.slug == slug)
    if verdict is not None:
        query = query.where(Judging.verdict == verdict)
    if language is not None:
        query = query.where(Submission.language == language)
    if after is not None:
        query = query.where(Submission.created_at > after)
    if cursor is not None:
        query = query.where(Submission.id < cursor)
    if ids is not None:
        query = query.where(Submission.id.in_(ids))
    # One condition for each, so that only problems remain that all of them have solved.
    for solver in solved_by:
        query = query.where(
            Submission.problem_id.in_(
                select(BoardCell.problem_id).where(
                    BoardCell.board == ALL.board,
                    BoardCell.user_id == solver,
                    BoardCell.solved_at.is_not(None),
                )
            )
        )
    query = query.order_by(Submission.id.desc()).limit(limit + 1)
    with db.read() as session:
        rows = session.execute(query).all()
    items = tuple(SubmissionSummary(**summary_fields(row)) for row in rows[:limit])
    return SubmissionPage(items, items[-1].id if len(rows) > limit else None)


def summary_fields(row: Row[*tuple[Any, ...]]) -> dict[str, Any]:
    """The fields of a `SubmissionSummary` from a row of `SUMMARY`."""
    return {
        "id": row.id,
        "judging_id": row.judging_id,
        "user_id": row.user_id,
        "user": row.user,
        "problem": row.problem,
        "version": row.version,
        "language": row.language,
        "purpose": Purpose(row.purpose),
        "state": public_state(row.state),
        "verdict": Verdict(row.verdict) if row.verdict else None,
        "score": row.score,
        "time_s": shown_time(row.cpu_s),
        "memory_bytes": row.memory_bytes,
        "created_at": row.created_at,
        "finished_at": row.finished_at,
        "message": row.message,
        "difference": from_json(row.difference),
        "diagnosis": row.diagnosis or {},
    }
