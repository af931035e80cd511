"""The age and wear of a worker's fork servers: column `wear` of `worker`."""

import sqlalchemy as sa
from alembic import op

revision = "0020"
down_revision = "0019"


def upgrade() -> None:
    """Add the column `wear` to `worker`."""
    op.add_column("worker", sa.Column("wear", sa.JSON(), nullable=True))
