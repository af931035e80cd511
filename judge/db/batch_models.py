"""The tables of batches: sources that a program sends together (`judge.submissions.batches`)."""

from sqlalchemy import ForeignKey, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from judge.db.models import Base


class Batch(Base):
    """Sources to one problem that were sent in one request, `total` of them."""

    __tablename__ = "batch"
    # NULLs are never equal, so a batch without a key is always a new one.
    __table_args__ = (UniqueConstraint("user_id", "idempotency_key"),)

    id: Mapped[str] = mapped_column(primary_key=True)
    user_id: Mapped[str] = mapped_column(ForeignKey("user.id"))
    problem_id: Mapped[str] = mapped_column(ForeignKey("problem.id"))
    total: Mapped[int]
    idempotency_key: Mapped[str | None]
    body_sha256: Mapped[str]
    created_at: Mapped[float]


class BatchSource(Base):
    """The place of a submission in its batch: `position` counts from 0, as in its request."""

    __tablename__ = "batch_source"

    batch_id: Mapped[str] = mapped_column(ForeignKey("batch.id"), primary_key=True)
    position: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    submission_id: Mapped[str] = mapped_column(ForeignKey("submission.id"), unique=True)
