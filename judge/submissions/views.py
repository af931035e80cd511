"""Submissions as readers see them: frozen views, never rows."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from math import floor, log10
from typing import Any

from sqlalchemy import Select, func, select
from sqlalchemy.orm import defer, load_only

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
from judge.differences import Difference, from_json
from judge.result import TestResult
from judge.states import Purpose, State
from judge.submissions.fair_queue import position_of
from judge.verdict import Verdict

_IN_SUMMARIES = (
    Judging.state, Judging.verdict, Judging.score, Judging.cpu_s, Judging.memory_bytes,
    Judging.finished_at,
)  # fmt: skip


class PublicState(StrEnum):
    """The API's names for a judging's state."""

    QUEUED = "queued"
    JUDGING = "judging"
    DONE = "done"


@dataclass(frozen=True, slots=True)
class TestView:
    """One test's outcome. `difference` says what happened, `message` the same in English; a row of
    an older version has no `difference`. The last four are None for hidden tests."""

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
    the newest judging is made against.
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


@dataclass(frozen=True, slots=True)
class SubmissionView(SubmissionSummary):
    """Everything about one submission. `attempt` counts how often judging was begun;
    `queue_position` is how many are served before it, None when not queued;
    `message` says what happened; `diagnosis` is the line of the known mistake that the submission
    behaves like, by language tag, empty when it is none;
    `last_event_id` is the newest event that this view reflects, 0 when there is none."""

    source: str
    compile_output: str
    message: str
    difference: Difference | None
    diagnosis: Mapping[str, str]
    tests: tuple[TestView, ...]
    total_tests: int | None
    attempt: int
    queue_position: int | None
    last_event_id: int


@dataclass(frozen=True, slots=True)
class SubmissionPage:
    """Part of the list, newest first; `next` is the cursor of what follows, None at the end."""

    items: tuple[SubmissionSummary, ...]
    next: str | None


_STEPS = (1.0, 1.25, 1.6, 2.0, 2.5, 3.2, 4.0, 5.0, 6.3, 8.0, 10.0)
"""The preferred numbers of Renard's series R10."""
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
    return {
        name: clean(value) if isinstance(value, str) else value
        for name, value in difference.to_json().items()
    }


def coarse_time(time_s: float) -> float:
    """A hidden test's time as it is shown. A submission can spend its time as it likes, and so
    could say with it what it was given; so it is rounded up to about what measuring is good for."""
    return _rounded_up(time_s)


def coarse_bytes(memory_bytes: int) -> int:
    """A hidden test's memory as it is shown, rounded up as `coarse_time` is."""
    return int(_rounded_up(float(memory_bytes)))


def shown_time(time_s: float | None) -> float | None:
    """A judging's time: of all its tests only the longest counts, so milliseconds may be told."""
    return None if time_s is None else round(time_s, 3)


def _rounded_up(amount: float) -> float:
    """Round up to the next of the ten preferred numbers in its power of ten; 0 stays 0."""
    if amount <= 0:
        return 0.0
    # The power of ten below the amount; the steps go up to the next one.
    exponent = floor(log10(amount))
    steps = (step * 10.0**exponent for step in _STEPS)
    # 1e-9: an amount that is a step itself must not go up to the next one by rounding.
    return float(f"{next(step for step in steps if step >= amount * (1 - 1e-9)):.3g}")


def public_test(result: TestResult) -> dict[str, Any]:
    """A test's result as JSON for its author: hidden tests lose whatever could give them away."""
    public: dict[str, Any] = {
        "name": result.name,
        "sample": result.sample,
        "verdict": result.verdict,
        "time_s": coarse_time(result.usage.cpu_s),
        "memory_bytes": coarse_bytes(result.usage.memory_bytes),
        "message": clean(result.message),
        "difference": cleaned(result.difference),
        "hint": dict(result.hint),
    }
    if result.score is not None:
        public["score"] = result.score
    # Shown tests have no secrets: their exact time and memory help to make them faster.
    if result.sample or result.open:
        public |= {"time_s": result.usage.cpu_s, "memory_bytes": result.usage.memory_bytes}
        for name in ("input", "expected", "output", "stderr"):
            text = getattr(result, name)
            public[name] = None if text is None else clean(text)
    return public


def read_submission(db: Database, submission_id: str) -> SubmissionView | None:
    """One submission with its newest judging, or None. Raises UnavailableError."""
    with db.read() as session:
        row = session.execute(_joined().where(Submission.id == submission_id)).one_or_none()
        if row is None:
            return None
        submission, judging, *_ = row
        query = select(StoredResult).where(StoredResult.judging_id == judging.id)
        return SubmissionView(
            **_summary_fields(*row),
            source=submission.source,
            compile_output=judging.compile_output,
            message=judging.message,
            difference=from_json(judging.difference),
            diagnosis=judging.diagnosis or {},
            tests=tuple(_test(row) for row in session.scalars(query.order_by(StoredResult.index))),
            total_tests=judging.total_tests,
            attempt=judging.attempt,
            queue_position=position_of(session, judging),
            last_event_id=session.scalar(
                select(func.max(Event.id)).where(Event.submission_id == submission_id)
            )
            or 0,
        )


def list_submissions(
    db: Database,
    *,
    user_id: str | None = None,
    slug: str | None = None,
    verdict: Verdict | None = None,
    cursor: str | None = None,
    limit: int = 50,
    solved_by: Collection[str] = (),
) -> SubmissionPage:
    """Submissions (runs left out), newest first; to problems that all of `solved_by` (user ids)
    have solved. Raises UnavailableError."""
    # Of fifty rows neither the sources are wanted nor what compilers said.
    query = (
        _joined()
        .options(defer(Submission.source), load_only(*_IN_SUMMARIES))
        .where(Submission.purpose == Purpose.SUBMISSION)
    )
    if user_id is not None:
        query = query.where(Submission.user_id == user_id)
    if slug is not None:
        query = query.where(Problem.slug == slug)
    if verdict is not None:
        query = query.where(Judging.verdict == verdict)
    if cursor is not None:
        query = query.where(Submission.id < cursor)
    # One condition for each, so that only problems which all of them have solved are left.
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
        items = tuple(SubmissionSummary(**_summary_fields(*row)) for row in rows[:limit])
    return SubmissionPage(items, items[-1].id if len(rows) > limit else None)


def _joined() -> Select[Submission, Judging, str, str, int]:
    # Of a problem's version only the number: its statements and templates are long.
    return (
        select(Submission, Judging, User.name, Problem.slug, ProblemVersion.number)
        .join(Judging, Judging.id == Submission.judging_id)
        .join(User, User.id == Submission.user_id)
        .join(Problem, Problem.id == Submission.problem_id)
        .join(ProblemVersion, ProblemVersion.id == Judging.version_id)
    )


def _summary_fields(
    submission: Submission, judging: Judging, user: str, problem: str, version: int
) -> dict[str, Any]:
    return {
        "id": submission.id,
        "judging_id": judging.id,
        "user_id": submission.user_id,
        "user": user,
        "problem": problem,
        "version": version,
        "language": submission.language,
        "purpose": Purpose(submission.purpose),
        "state": public_state(judging.state),
        "verdict": Verdict(judging.verdict) if judging.verdict else None,
        "score": judging.score,
        "time_s": shown_time(judging.cpu_s),
        "memory_bytes": judging.memory_bytes,
        "created_at": submission.created_at,
        "finished_at": judging.finished_at,
    }


def _test(row: StoredResult) -> TestView:
    # Of hidden tests no input is stored, and what is stored exactly is shown coarsely.
    shown = row.sample or row.input is not None
    return TestView(
        name=row.name,
        sample=row.sample,
        verdict=Verdict(row.verdict),
        time_s=row.cpu_s if shown else coarse_time(row.cpu_s),
        memory_bytes=row.memory_bytes if shown else coarse_bytes(row.memory_bytes),
        message=row.message,
        difference=from_json(row.difference),
        hint=row.hint,
        input=row.input,
        expected=row.expected,
        output=row.output,
        stderr=row.stderr,
        score=row.score,
    )
