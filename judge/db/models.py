"""The main tables. Times are epoch seconds, sizes are bytes, ids are text that sorts by time.

Only `judge` uses these rows; other packages get frozen views. The state machine's table is
`judging`, and `judge.submissions.lifecycle` is its only writer.
"""

from typing import Any

from sqlalchemy import (
    JSON,
    BigInteger,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    Text,
    UniqueConstraint,
    text,
)
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column

# Named constraints, so that a later migration can drop them on both databases.
_NAMES = {
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "fk": "fk_%(table_name)s_%(column_0_N_name)s",
    "pk": "pk_%(table_name)s",
}


class Base(DeclarativeBase):
    """The base of mapped classes; `str` is unbounded text on both databases."""

    metadata = MetaData(naming_convention=_NAMES)
    type_annotation_map = {str: Text, dict[str, Any]: JSON, list[Any]: JSON, bytes: LargeBinary}  # noqa: RUF012 - SQLAlchemy reads it from the class


def _partial(name: str, *columns: str, where: str) -> Index:
    return Index(name, *columns, sqlite_where=text(where), postgresql_where=text(where))


class User(Base):
    """A user's account. `name_key` is the name under NFKC and casefold. `theme` and `language` are
    the user's choices for the pages; see `judge.accounts.preferences`. `address` is an e-mail
    address in lower case that a provider has verified or an admin has set; see
    `judge.accounts.identities`."""

    __tablename__ = "user"

    id: Mapped[str] = mapped_column(primary_key=True)
    name: Mapped[str]
    name_key: Mapped[str] = mapped_column(unique=True)
    password_hash: Mapped[str]
    role: Mapped[str] = mapped_column(default="user")
    created_at: Mapped[float]
    banned_at: Mapped[float | None]
    theme: Mapped[str | None]
    language: Mapped[str | None]
    address: Mapped[str | None] = mapped_column(unique=True, index=True)


class LinkedIdentity(Base):
    """Links the person whom a provider of single sign-on calls `subject` to an account."""

    __tablename__ = "linked_identity"
    # An account belongs to one person of a provider, even if its address is given to another.
    __table_args__ = (UniqueConstraint("user_id", "issuer"),)

    issuer: Mapped[str] = mapped_column(primary_key=True)
    subject: Mapped[str] = mapped_column(primary_key=True)
    user_id: Mapped[str] = mapped_column(ForeignKey("user.id"))
    created_at: Mapped[float]


class Token(Base):
    """A bearer token, a browser's session or a sign-in link (`kind`); only its SHA-256 (hex) is
    kept."""

    __tablename__ = "token"

    id: Mapped[str] = mapped_column(primary_key=True)
    user_id: Mapped[str] = mapped_column(ForeignKey("user.id"), index=True)
    token_hash: Mapped[str] = mapped_column(unique=True)
    name: Mapped[str] = mapped_column(default="")
    scopes: Mapped[list[Any]] = mapped_column(default=list)
    created_at: Mapped[float]
    expires_at: Mapped[float | None]
    last_used_at: Mapped[float | None]
    revoked_at: Mapped[float | None]
    kind: Mapped[str] = mapped_column(default="bearer", server_default="bearer")


class Blob(Base):
    """Content-addressed bytes: tests, answers, drivers, packages' submissions, own inputs."""

    __tablename__ = "blob"

    sha256: Mapped[str] = mapped_column(primary_key=True)
    size_bytes: Mapped[int] = mapped_column(BigInteger)
    data: Mapped[bytes]
    created_at: Mapped[float]


class Problem(Base):
    """A slug and the number of its newest version. A withdrawn one counts on no board."""

    __tablename__ = "problem"

    id: Mapped[str] = mapped_column(primary_key=True)
    slug: Mapped[str] = mapped_column(unique=True)
    version: Mapped[int]
    created_at: Mapped[float]
    withdrawn_at: Mapped[float | None]


class ProblemVersion(Base):
    """One published package, never changed afterwards.

    title, statements_*: {lang: text}. limits: the fields of `judge.limits.Limits`. checker:
    {"name", "arguments"}. templates: {language: source}. support: {language: {file name:
    {"sha256", "size_bytes"}}}, where the language is that of `include/<language>`. submissions:
    [{"path", "name", "language", "sha256", "size_bytes", "expected": [verdict]}]. hints: {test
    name or glob: {lang: text}}. mistakes: {submission file name: {lang: text}}. validator, grading
    and extras: see `judge.problems.stored`.
    """

    __tablename__ = "problem_version"
    __table_args__ = (UniqueConstraint("problem_id", "number"),)

    id: Mapped[str] = mapped_column(primary_key=True)
    problem_id: Mapped[str] = mapped_column(ForeignKey("problem.id"))
    number: Mapped[int]
    sha256: Mapped[str]
    created_at: Mapped[float]
    kind: Mapped[str]
    difficulty: Mapped[str]
    entry: Mapped[str | None]
    title: Mapped[dict[str, Any]]
    tags: Mapped[list[Any]]
    limits: Mapped[dict[str, Any]]
    languages: Mapped[list[Any]]
    checker: Mapped[dict[str, Any]]
    statements_markdown: Mapped[dict[str, Any]]
    statements_html: Mapped[dict[str, Any]]
    templates: Mapped[dict[str, Any]]
    hints: Mapped[dict[str, Any]]
    mistakes: Mapped[dict[str, Any]]
    support: Mapped[dict[str, Any]]
    submissions: Mapped[list[Any]]
    validator: Mapped[dict[str, Any] | None]
    grading: Mapped[dict[str, Any] | None]
    extras: Mapped[dict[str, Any] | None]


class StoredTest(Base):
    """One test case of a version, in the order `position`; hint: {lang: text}."""

    __tablename__ = "test_case"

    version_id: Mapped[str] = mapped_column(ForeignKey("problem_version.id"), primary_key=True)
    position: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    name: Mapped[str]
    sample: Mapped[bool]
    input_sha256: Mapped[str] = mapped_column(ForeignKey("blob.sha256"))
    answer_sha256: Mapped[str | None] = mapped_column(ForeignKey("blob.sha256"))
    hint: Mapped[dict[str, Any]]
    settings: Mapped[dict[str, Any] | None]


class Submission(Base):
    """A source that a user sent. `judging_id` is its newest judging, the one that is shown."""

    __tablename__ = "submission"
    __table_args__ = (
        # NULLs are never equal, so a submission without a key is always a new one.
        UniqueConstraint("user_id", "idempotency_key"),
        Index("ix_submission_user_id_id", "user_id", "id"),
        Index("ix_submission_problem_id_id", "problem_id", "id"),
        Index("ix_submission_user_id_problem_id_id", "user_id", "problem_id", "id"),
    )

    id: Mapped[str] = mapped_column(primary_key=True)
    user_id: Mapped[str] = mapped_column(ForeignKey("user.id"))
    problem_id: Mapped[str] = mapped_column(ForeignKey("problem.id"))
    purpose: Mapped[str]
    language: Mapped[str]
    source: Mapped[str]
    own_input_sha256: Mapped[str | None] = mapped_column(ForeignKey("blob.sha256"))
    idempotency_key: Mapped[str | None]
    body_sha256: Mapped[str]
    created_at: Mapped[float]
    # No foreign key: the two rows point at each other and are written in one transaction.
    judging_id: Mapped[str] = mapped_column(unique=True)


class Judging(Base):
    """One judging of a submission against one version: the state machine's row.

    `attempt` counts claims; only the claim with `token` may write; `worker` holds it until
    `lease_until`; `enqueued_at` is when a message was last sent. `lost_by` is the id of the worker
    that last lost it by not renewing the lease, at `lost_at`. `diagnosis` describes the known
    mistake that it resembles, {lang: text}. `user_id` is the submission's user. `turn` orders the
    judgings that wait; see `judge.submissions.fair_queue`. The name of `queue` includes the labels
    that a worker must have (`judge.labels`).
    """

    __tablename__ = "judging"
    __table_args__ = (
        Index("ix_judging_state_queue_enqueued_at", "state", "queue", "enqueued_at"),
        Index("ix_judging_state_lease_until", "state", "lease_until"),
        # Nearly all judgings are done; partial indexes leave those out and stay small.
        _partial("ix_judging_standing_user_id", "user_id", where="state <> 'done'"),
        _partial("ix_judging_turn", "queue", "turn", "id", where="state = 'queued'"),
        _partial("ix_judging_lost_by", "lost_by", where="lost_by IS NOT NULL"),
    )

    id: Mapped[str] = mapped_column(primary_key=True)
    submission_id: Mapped[str] = mapped_column(ForeignKey("submission.id"), index=True)
    version_id: Mapped[str] = mapped_column(ForeignKey("problem_version.id"))
    purpose: Mapped[str]
    queue: Mapped[str]
    state: Mapped[str]
    attempt: Mapped[int] = mapped_column(default=0)
    token: Mapped[str | None]
    worker: Mapped[str | None]
    lease_until: Mapped[float | None]
    enqueued_at: Mapped[float]
    created_at: Mapped[float]
    started_at: Mapped[float | None]
    finished_at: Mapped[float | None]
    total_tests: Mapped[int | None]
    verdict: Mapped[str | None]
    score: Mapped[float | None]
    cpu_s: Mapped[float | None]
    wall_s: Mapped[float | None]
    memory_bytes: Mapped[int | None] = mapped_column(BigInteger)
    compile_output: Mapped[str] = mapped_column(default="")
    message: Mapped[str] = mapped_column(default="")
    difference: Mapped[dict[str, Any] | None]
    diagnosis: Mapped[dict[str, Any] | None]
    user_id: Mapped[str | None]
    turn: Mapped[int] = mapped_column(BigInteger, default=0, server_default="0")
    lost_by: Mapped[str | None]
    lost_at: Mapped[float | None]


class Draft(Base):
    """The source that a user is writing; one for each problem and language."""

    __tablename__ = "draft"

    user_id: Mapped[str] = mapped_column(ForeignKey("user.id"), primary_key=True)
    problem_id: Mapped[str] = mapped_column(ForeignKey("problem.id"), primary_key=True)
    language: Mapped[str] = mapped_column(primary_key=True)
    source: Mapped[str]
    updated_at: Mapped[float]


class StoredResult(Base):
    """One test's result in a judging; a new attempt begins without those of the last one.

    `difference` is a `judge.differences.Difference`, `message` is the same as an English sentence.
    Rows older than version 7 of the schema have only the sentence.
    """

    __tablename__ = "test_result"

    judging_id: Mapped[str] = mapped_column(ForeignKey("judging.id"), primary_key=True)
    index: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    attempt: Mapped[int]
    name: Mapped[str]
    sample: Mapped[bool]
    verdict: Mapped[str]
    cpu_s: Mapped[float]
    wall_s: Mapped[float]
    memory_bytes: Mapped[int] = mapped_column(BigInteger)
    message: Mapped[str]
    difference: Mapped[dict[str, Any] | None]
    hint: Mapped[dict[str, Any]]
    input: Mapped[str | None]
    expected: Mapped[str | None]
    output: Mapped[str | None]
    stderr: Mapped[str | None]
    score: Mapped[float | None]
    detail: Mapped[str | None]


class FailedAttempt(Base):
    """A record of an attempt that ended without a verdict: the worker that held it (the name it
    claimed under), why it ended, and in `results` the tests that were judged: [{"name", "verdict",
    "cpu_s", "wall_s", "memory_bytes", "message"}]."""

    __tablename__ = "failed_attempt"

    id: Mapped[str] = mapped_column(primary_key=True)
    judging_id: Mapped[str] = mapped_column(
        ForeignKey("judging.id", ondelete="CASCADE"), index=True
    )
    attempt: Mapped[int]
    worker: Mapped[str | None]
    reason: Mapped[str]
    results: Mapped[list[Any]]
    at: Mapped[float]


class Event(Base):
    """An event of a submission, appended in the transaction that makes it true."""

    __tablename__ = "event"
    __table_args__ = (
        Index("ix_event_submission_id_id", "submission_id", "id"),
        # Ids are never used again, even if the newest event is deleted: clients remember them.
        {"sqlite_autoincrement": True},
    )

    id: Mapped[int] = mapped_column(
        BigInteger().with_variant(Integer, "sqlite"), primary_key=True, autoincrement=True
    )
    submission_id: Mapped[str] = mapped_column(ForeignKey("submission.id"))
    judging_id: Mapped[str] = mapped_column(ForeignKey("judging.id"))
    kind: Mapped[str]
    data: Mapped[dict[str, Any]]
    at: Mapped[float]


class Worker(Base):
    """A worker's main process; `languages` is [{"id", "name", "version", "available"}], `labels`
    are those of its host, as `judge.labels` writes them. After `draining_at` it takes no work.
    `jails` counts how its runs got their jails since the start (`worker.sandbox.tally`); `wear` is
    the age and wear of its fork servers by runtime (`worker.sandbox.forkserver.wear`)."""

    __tablename__ = "worker"

    id: Mapped[str] = mapped_column(primary_key=True)
    host: Mapped[str]
    pid: Mapped[int]
    languages: Mapped[list[Any]]
    started_at: Mapped[float]
    seen_at: Mapped[float]
    labels: Mapped[str] = mapped_column(default="", server_default="")
    draining_at: Mapped[float | None]
    jails: Mapped[dict[str, Any] | None]
    wear: Mapped[dict[str, Any] | None]


class Pause(Base):
    """While this row exists, workers take no work (`judge.operating`)."""

    __tablename__ = "pause"

    what: Mapped[str] = mapped_column(primary_key=True)
    user_id: Mapped[str] = mapped_column(ForeignKey("user.id"))
    reason: Mapped[str]
    at: Mapped[float]
