"""One submission's whole life. (Signatures; the bodies follow.)"""

from dataclasses import dataclass

from judge.db.session import Database
from judge.job import JudgeJob
from judge.result import JudgingResult, TestResult
from judge.states import Purpose
from judge.submission_views import PublicState, list_submissions, read_submission

__all__ = [
    "Claim",
    "PublicState",
    "Purpose",
    "Requeued",
    "Submitted",
    "claim",
    "finish",
    "heartbeat",
    "list_submissions",
    "load_job",
    "note",
    "read_submission",
    "record",
    "rejudge",
    "rejudge_problem",
    "release",
    "requeue_stale",
    "submit",
]


@dataclass(frozen=True, slots=True)
class Submitted:
    """What `submit` made, or found under the same idempotency key (then not `created`)."""

    id: str
    judging_id: str
    state: PublicState
    created: bool


@dataclass(frozen=True, slots=True)
class Claim:
    """The right to judge: whoever holds the newest token may write."""

    judging_id: str
    submission_id: str
    attempt: int
    token: str
    max_attempts: int


@dataclass(frozen=True, slots=True)
class Requeued:
    """A judging whose message is to be sent again."""

    judging_id: str
    purpose: Purpose


def submit(
    db: Database,
    *,
    user_id: str,
    slug: str,
    language: str,
    source: str,
    purpose: Purpose,
    own_input: str | None = None,
    idempotency_key: str | None = None,
) -> Submitted:
    """Store a submission and commit; the caller enqueues `judging_id` afterwards."""
    raise NotImplementedError


def rejudge(db: Database, submission_id: str) -> Requeued:
    """A new judging against the problem's newest version; the caller enqueues it.

    One that is still queued or running is given back as it is. Raises NotFoundError.
    """
    raise NotImplementedError


def rejudge_problem(db: Database, slug: str) -> list[Requeued]:
    """`rejudge` every submission of a problem that is done. Raises NotFoundError."""
    raise NotImplementedError


def claim(
    db: Database, judging_id: str, *, worker: str, lease_s: float, max_attempts: int
) -> Claim | None:
    raise NotImplementedError


def load_job(db: Database, claim: Claim) -> JudgeJob:
    raise NotImplementedError


def heartbeat(db: Database, claim: Claim, lease_s: float) -> bool:
    raise NotImplementedError


def note(db: Database, claim: Claim, kind: str, data: dict[str, object]) -> bool:
    raise NotImplementedError


def record(db: Database, claim: Claim, index: int, total: int, result: TestResult) -> bool:
    raise NotImplementedError


def finish(db: Database, claim: Claim, result: JudgingResult) -> bool:
    raise NotImplementedError


def release(db: Database, claim: Claim, reason: str, *, refund: bool = False) -> bool:
    raise NotImplementedError


def requeue_stale(
    db: Database,
    *,
    max_attempts: int,
    stale_s: float,
    stale_per_queued_s: float,
    limit: int = 500,
) -> list[Requeued]:
    raise NotImplementedError
