"""Batches of sources: tables `batch` and `batch_source`."""

import sqlalchemy as sa
from alembic import op

revision = "0016"
down_revision = "0015"


def upgrade() -> None:
    """Create the two tables."""
    op.create_table(
        "batch",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("user_id", sa.Text(), nullable=False),
        sa.Column("problem_id", sa.Text(), nullable=False),
        sa.Column("total", sa.Integer(), nullable=False),
        sa.Column("idempotency_key", sa.Text(), nullable=True),
        sa.Column("body_sha256", sa.Text(), nullable=False),
        sa.Column("created_at", sa.Double(), nullable=False),
        sa.ForeignKeyConstraint(["user_id"], ["user.id"], name="fk_batch_user_id"),
        sa.ForeignKeyConstraint(["problem_id"], ["problem.id"], name="fk_batch_problem_id"),
        sa.PrimaryKeyConstraint("id", name="pk_batch"),
        sa.UniqueConstraint("user_id", "idempotency_key", name="uq_batch_user_id_idempotency_key"),
    )
    op.create_table(
        "batch_source",
        sa.Column("batch_id", sa.Text(), nullable=False),
        sa.Column("position", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("submission_id", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["batch_id"], ["batch.id"], name="fk_batch_source_batch_id"),
        sa.ForeignKeyConstraint(
            ["submission_id"], ["submission.id"], name="fk_batch_source_submission_id"
        ),
        sa.PrimaryKeyConstraint("batch_id", "position", name="pk_batch_source"),
        sa.UniqueConstraint("submission_id", name="uq_batch_source_submission_id"),
    )
