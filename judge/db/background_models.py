"""The tables of background work: chores, uploads, known mistakes, rejudges.

They share the rules and the `Base` of `judge.db.models`.
"""

from typing import Any

from sqlalchemy import BigInteger, ForeignKey, Index, Integer, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from judge.db.models import Base


class Chore(Base):
    """Work in the background, leased as a judging is; `judge.background_jobs` is its only writer.

    `subject` is what the chore works on, depending on `kind`: an upload's or judging's id, or a
    package's hash. The waiting chore with the lowest `rank` goes first. `failure` says why it was
    given up. `requires` are the labels that a worker must have; see `judge.labels`.
    """

    __tablename__ = "chore"
    __table_args__ = (
        UniqueConstraint("kind", "subject"),
        Index("ix_chore_state_lease_until", "state", "lease_until"),
    )

    id: Mapped[str] = mapped_column(primary_key=True)
    kind: Mapped[str]
    subject: Mapped[str]
    rank: Mapped[int]
    state: Mapped[str]
    attempt: Mapped[int] = mapped_column(default=0)
    token: Mapped[str | None]
    worker: Mapped[str | None]
    lease_until: Mapped[float | None]
    enqueued_at: Mapped[float]
    created_at: Mapped[float]
    started_at: Mapped[float | None]
    finished_at: Mapped[float | None]
    failure: Mapped[str] = mapped_column(default="")
    requires: Mapped[str] = mapped_column(default="", server_default="")


class Upload(Base):
    """A package that an admin uploaded. Its chore's state says whether it is being checked;
    `outcome` is the result, None until then; `report` gives the reasons."""

    __tablename__ = "upload"

    id: Mapped[str] = mapped_column(primary_key=True)
    user_id: Mapped[str] = mapped_column(ForeignKey("user.id"))
    file_name: Mapped[str]
    dry_run: Mapped[bool]
    size_bytes: Mapped[int] = mapped_column(BigInteger)
    sha256: Mapped[str]
    created_at: Mapped[float]
    slug: Mapped[str | None]
    outcome: Mapped[str | None]
    version_id: Mapped[str | None] = mapped_column(ForeignKey("problem_version.id"), index=True)
    report: Mapped[dict[str, Any] | None]


class UploadPart(Base):
    """A piece of an upload's archive, deleted once the upload has its outcome."""

    __tablename__ = "upload_part"

    upload_id: Mapped[str] = mapped_column(ForeignKey("upload.id"), primary_key=True)
    position: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    data: Mapped[bytes]


class UploadEvent(Base):
    """An event of an upload, as `Event` is one of a submission."""

    __tablename__ = "upload_event"
    __table_args__ = (
        Index("ix_upload_event_upload_id_id", "upload_id", "id"),
        {"sqlite_autoincrement": True},  # ids are never used again, as for `Event`
    )

    id: Mapped[int] = mapped_column(
        BigInteger().with_variant(Integer, "sqlite"), primary_key=True, autoincrement=True
    )
    upload_id: Mapped[str] = mapped_column(ForeignKey("upload.id"))
    kind: Mapped[str]
    data: Mapped[dict[str, Any]]
    at: Mapped[float]


class StoredMutant(Base):
    """How one of a package's wrong submissions fails; diagnoses are made by comparing with it.

    `verdicts`: {name of a failing test: verdict, or a list of those that occur by chance}.
    `outputs`: zlib-compressed JSON {test name: output in base 64}, of the wrong answers that were
    short enough to keep.
    """

    __tablename__ = "mutant"

    package_sha256: Mapped[str] = mapped_column(primary_key=True)
    path: Mapped[str] = mapped_column(primary_key=True)
    verdicts: Mapped[dict[str, Any]]
    outputs: Mapped[bytes]
    created_at: Mapped[float]


class Rejudge(Base):
    """A rejudge of a problem. Its verdicts count only once it is applied."""

    __tablename__ = "rejudge"

    id: Mapped[str] = mapped_column(primary_key=True)
    problem_id: Mapped[str] = mapped_column(ForeignKey("problem.id"), index=True)
    version_id: Mapped[str] = mapped_column(ForeignKey("problem_version.id"))
    user_id: Mapped[str] = mapped_column(ForeignKey("user.id"))
    created_at: Mapped[float]
    applied_at: Mapped[float | None]


class RejudgeItem(Base):
    """One submission in a rejudge: the judging that counts, and the one that would replace it."""

    __tablename__ = "rejudge_item"

    rejudge_id: Mapped[str] = mapped_column(ForeignKey("rejudge.id"), primary_key=True)
    submission_id: Mapped[str] = mapped_column(ForeignKey("submission.id"), primary_key=True)
    before_id: Mapped[str] = mapped_column(ForeignKey("judging.id"))
    after_id: Mapped[str] = mapped_column(ForeignKey("judging.id"))
