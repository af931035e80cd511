"""Users, problems and submissions for tests."""

import json
from dataclasses import asdict

from sqlalchemy import update

from judge import blobs
from judge.db.models import Judging, Problem, ProblemVersion, StoredTest, User
from judge.db.session import Database
from judge.db.webhook_models import Delivery
from judge.differences import Difference, Reason
from judge.errors import ShousiError
from judge.events import EventView, replay_all
from judge.ids import new_id
from judge.limits import Limits, Usage
from judge.result import JudgingResult, TestResult
from judge.states import Purpose, State
from judge.submissions import lifecycle as submissions
from judge.submissions.lifecycle import Claim, Submittal, Submitted
from judge.verdict import Verdict
from judge.webhooks.deliveries import MAX_ATTEMPTS as SENT_AT_MOST
from judge.webhooks.hooks import TEST

LEASE_S = 30.0
MAX_ATTEMPTS = 3
DRIVER = b"from runner import harness\n"
REFERENCE = "print(sum(map(int, input().split())))\n"
TESTS = (
    ("01-sample", True, b"1 2\n", b"3\n"),
    ("02-hidden", False, b"3 4\n", b"7\n"),
    ("03-hidden", False, b"5 6\n", b"11\n"),
)


def add_user(db: Database, name: str = "ann") -> str:
    """Add a user; return the user's id."""
    with db.write() as session:
        user = User(
            id=new_id(),
            name=name,
            name_key=name.casefold(),
            password_hash="-",
            role="user",
            created_at=db.now(session),
        )
        session.add(user)
    return user.id


def add_problem(db: Database, slug: str = "sum", version: int = 1, requires: str = "") -> str:
    """Add a problem, or another version of it, with one sample and two hidden tests; return the
    version's id. `requires` are the labels that a worker must have."""
    with db.write() as session:
        now = db.now(session)
        if version == 1:
            session.add(Problem(id=slug, slug=slug, version=1, created_at=now))
        else:
            session.get_one(Problem, slug).version = version
        session.flush()
        row = ProblemVersion(
            id=f"{slug}-{version}",
            problem_id=slug,
            number=version,
            sha256="0" * 64,
            created_at=now,
            kind="function",
            difficulty="easy",
            entry="add",
            title={"en": "Sum", "zh": "求和"},
            tags=["warm-up"],
            limits=asdict(Limits()),
            languages=["python3", "cpp"],
            checker={"name": "tokens", "arguments": []},
            statements_markdown={"en": "Add."},
            statements_html={"en": "<p>Add.</p>"},
            templates={"python3": "pass\n"},
            hints={},
            mistakes={},
            extras={"requires": requires} if requires else None,
            support={"python3": {"main.py": asdict(blobs.put(db, session, DRIVER))}},
            submissions=[
                {
                    "path": "accepted/sum.py",
                    "language": "python3",
                    "expected": ["AC"],
                    **asdict(blobs.put(db, session, REFERENCE.encode())),
                }
            ],
        )
        session.add(row)
        session.flush()
        for position, (name, sample, given, answer) in enumerate(TESTS):
            session.add(
                StoredTest(
                    version_id=row.id,
                    position=position,
                    name=name,
                    sample=sample,
                    input_sha256=blobs.put(db, session, given).sha256,
                    answer_sha256=blobs.put(db, session, answer).sha256,
                    hint={"en": "Add them."},
                )
            )
    return row.id


def submit(
    db: Database, user_id: str, source: str = "pass", key: str | None = None, slug: str = "sum"
) -> Submitted:
    """Store a submission to the problem of `add_problem`."""
    return store(
        db,
        Submittal(user_id, slug, "python3", source, Purpose.SUBMISSION, idempotency_key=key),
    )


def store(db: Database, submittal: Submittal) -> Submitted:
    """Store one submission with `submit_all`; raise the error if it is refused."""
    (outcome,) = submissions.submit_all(db, [submittal])
    if isinstance(outcome, ShousiError):
        raise outcome
    return outcome


def claim(db: Database, judging_id: str, worker: str = "w") -> Claim | None:
    """Call `submissions.claim` with `LEASE_S` and `MAX_ATTEMPTS`."""
    return submissions.claim(
        db, judging_id, worker=worker, lease_s=LEASE_S, max_attempts=MAX_ATTEMPTS
    )


def sure_claim(db: Database, judging_id: str, worker: str = "w") -> Claim:
    """Claim a judging; fail the test if that doesn't succeed."""
    claimed = claim(db, judging_id, worker)
    assert claimed is not None
    return claimed


def requeue_stale(db: Database, stale_s: float = 10.0, limit: int = 500) -> list[str]:
    """Requeue as a reconciler's round does; return the ids of the requeued judgings."""
    found = submissions.requeue_stale(
        db, max_attempts=MAX_ATTEMPTS, stale_s=stale_s, stale_per_queued_s=0.02, limit=limit
    )
    return [each.judging_id for each in found]


def run_lease_out(db: Database, judging_id: str) -> None:
    """Make the lease end in the past, as if the worker had not renewed it."""
    with db.write() as session:
        past = db.now(session) - 1
        session.execute(update(Judging).where(Judging.id == judging_id).values(lease_until=past))


def age_message(db: Database, judging_id: str, by_s: float) -> None:
    """Make the judging's message `by_s` seconds older."""
    with db.write() as session:
        then = db.now(session) - by_s
        session.execute(update(Judging).where(Judging.id == judging_id).values(enqueued_at=then))


def one_result(
    name: str = "01-sample", sample: bool = True, verdict: Verdict = Verdict.AC
) -> TestResult:
    """Return a test's result in which every text is set."""
    return TestResult(
        name=name,
        sample=sample,
        verdict=verdict,
        usage=Usage(0.25, 0.5, 1024),
        difference=Difference(Reason.NOTHING_TO_COMPARE),
        hint={"en": "hint"},
        input="1 2",
        expected="3",
        output="3",
        stderr="",
    )


def verdict(value: Verdict = Verdict.AC) -> JudgingResult:
    """Return the result of a judging."""
    score = 100.0 if value is Verdict.AC else 0.0
    return JudgingResult(value, Usage(0.25, 0.5, 2048), score)


def kinds(db: Database, submission_id: str) -> list[str]:
    """Return the kinds of a submission's events, oldest first."""
    return [event.kind for event in events_of(db, submission_id)]


def events_of(db: Database, submission_id: str, after_id: int = 0) -> list[EventView]:
    """Return a submission's events with ids greater than `after_id`, oldest first."""
    return replay_all(db, [(submission_id, after_id)])[0]


def set_aside(db: Database, user_id: str, hook_id: str) -> str:
    """Add a webhook message that was set aside after its last attempt, which no sender ever saw;
    return its id."""
    failure = f"given up after {SENT_AT_MOST} attempts"
    with db.write() as session:
        row = Delivery(
            id=new_id(),
            webhook_id=hook_id,
            user_id=user_id,
            kind=TEST,
            body=json.dumps({"type": TEST, "data": {"webhook": hook_id}}),
            state=State.DONE,
            attempt=SENT_AT_MOST,
            failure=failure,
            error="answered 500",
            status=500,
            created_at=db.now(session),
            due_at=db.now(session),
            enqueued_at=db.now(session),
            finished_at=db.now(session),
        )
        session.add(row)
    return row.id
