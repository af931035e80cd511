"""The labels of a worker's host, and those that a chore requires: columns `labels`, `requires`."""

import sqlalchemy as sa
from alembic import op

revision = "0013"
down_revision = "0012"


def upgrade() -> None:
    """Add the two columns."""
    op.add_column("worker", sa.Column("labels", sa.Text(), nullable=False, server_default=""))
    op.add_column("chore", sa.Column("requires", sa.Text(), nullable=False, server_default=""))
