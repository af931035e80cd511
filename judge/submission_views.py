"""Submissions as readers see them: frozen views, never rows."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from judge.db.session import Database
from judge.states import Purpose
from judge.verdict import Verdict


class PublicState(StrEnum):
    """The contract's names for a judging's state."""

    QUEUED = "queued"
    JUDGING = "judging"
    DONE = "done"


@dataclass(frozen=True, slots=True)
class TestView:
    """One test's outcome. The last four are None for hidden tests."""

    __test__ = False

    name: str
    sample: bool
    verdict: Verdict
    time_s: float
    memory_bytes: int
    message: str
    hint: Mapping[str, str] = field(default_factory=dict)
    input: str | None = None
    expected: str | None = None
    output: str | None = None
    stderr: str | None = None


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
    `queue_position` is how many are before it in its queue, None when not queued;
    `last_event_id` is the newest event that this view reflects, 0 when there is none."""

    source: str
    compile_output: str
    diagnosis: str | None
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


def read_submission(db: Database, submission_id: str) -> SubmissionView | None:
    """One submission with its newest judging, or None. Raises UnavailableError."""
    raise NotImplementedError


def list_submissions(
    db: Database,
    *,
    user_id: str | None = None,
    slug: str | None = None,
    verdict: Verdict | None = None,
    cursor: str | None = None,
    limit: int = 50,
) -> SubmissionPage:
    """Submissions (runs left out), newest first. Raises UnavailableError."""
    raise NotImplementedError
