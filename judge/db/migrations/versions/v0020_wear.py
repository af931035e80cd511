"""How worn a worker's fork servers are: column `wear` of `worker`."""

import sqlalchemy as sa
from alembic import op

revision = "0020"
down_revision = "0019"


def upgrade() -> None:
    """Apply."""
    op.add_column("worker", sa.Column("wear", sa.JSON(), nullable=True))
