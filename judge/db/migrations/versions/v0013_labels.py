"""What a worker's host has, and what a chore needs of one: columns `labels` and `requires`."""

import sqlalchemy as sa
from alembic import op

revision = "0013"
down_revision = "0012"


def upgrade() -> None:
    """Apply."""
    op.add_column("worker", sa.Column("labels", sa.Text(), nullable=False, server_default=""))
    op.add_column("chore", sa.Column("requires", sa.Text(), nullable=False, server_default=""))
