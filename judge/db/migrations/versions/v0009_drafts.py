"""Drafts: the source that a user is writing."""

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"


def upgrade() -> None:
    """Create the table `draft`."""
    op.create_table(
        "draft",
        sa.Column("user_id", sa.Text(), nullable=False),
        sa.Column("problem_id", sa.Text(), nullable=False),
        sa.Column("language", sa.Text(), nullable=False),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("updated_at", sa.Double(), nullable=False),
        sa.ForeignKeyConstraint(["user_id"], ["user.id"], name="fk_draft_user_id"),
        sa.ForeignKeyConstraint(["problem_id"], ["problem.id"], name="fk_draft_problem_id"),
        sa.PrimaryKeyConstraint("user_id", "problem_id", "language", name="pk_draft"),
    )
