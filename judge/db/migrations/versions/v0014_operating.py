"""Pauses and drains by admins, and records of failed attempts: tables `pause` and
`failed_attempt`, column `worker.draining_at`."""

import sqlalchemy as sa
from alembic import op

revision = "0014"
down_revision = "0013"


def upgrade() -> None:
    """Create the two tables and add the column."""
    op.create_table(
        "pause",
        sa.Column("what", sa.Text(), nullable=False),
        sa.Column("user_id", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("at", sa.Double(), nullable=False),
        sa.ForeignKeyConstraint(["user_id"], ["user.id"], name="fk_pause_user_id"),
        sa.PrimaryKeyConstraint("what", name="pk_pause"),
    )
    op.create_table(
        "failed_attempt",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("judging_id", sa.Text(), nullable=False),
        sa.Column("attempt", sa.Integer(), nullable=False),
        sa.Column("worker", sa.Text(), nullable=True),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("results", sa.JSON(), nullable=False),
        sa.Column("at", sa.Double(), nullable=False),
        sa.ForeignKeyConstraint(
            ["judging_id"],
            ["judging.id"],
            name="fk_failed_attempt_judging_id",
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name="pk_failed_attempt"),
    )
    op.create_index("ix_failed_attempt_judging_id", "failed_attempt", ["judging_id"])
    op.add_column("worker", sa.Column("draining_at", sa.Double(), nullable=True))
