"""The worker that stopped renewing a judging's lease, and when: columns `lost_by`, `lost_at`."""

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"


def upgrade() -> None:
    """Add the columns `lost_by` and `lost_at` to judgings, and an index."""
    op.add_column("judging", sa.Column("lost_by", sa.Text()))
    op.add_column("judging", sa.Column("lost_at", sa.Double()))
    where = sa.text("lost_by IS NOT NULL")
    op.create_index(
        "ix_judging_lost_by", "judging", ["lost_by"], sqlite_where=where, postgresql_where=where
    )
