"""How a worker's runs got their jails: column `jails` of `worker`."""

import sqlalchemy as sa
from alembic import op

revision = "0017"
down_revision = "0016"


def upgrade() -> None:
    """Add the column `jails` to `worker`."""
    op.add_column("worker", sa.Column("jails", sa.JSON(), nullable=True))
